/** The filters in the page's address, and the words of a search in a text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  conversationsPlace,
  conversationsQuery,
  endOfDayMs,
} from '../../../src/pages/console/conversations/filters.ts';
import { markedText } from '../../../src/pages/console/conversations/marked-text.ts';
import fc from '../../support/fast-check.ts';

test('a place comes back from the address as it was, with any name of a device', () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1 });
  fc.assert(
    fc.property(name, fc.boolean(), name, fc.option(name), (device, errors, words, turn) => {
      const search = words.trim();
      const place = {
        filters: { device, ...(errors && { hasError: true as const, upTo: '2026-03-28' }), ...(search && { search }) },
        ...(turn !== null && { open: { turn, device } }),
      };
      const query = Object.entries(conversationsQuery(place)).filter((entry): entry is [string, string] => !!entry[1]);
      assert.deepEqual(conversationsPlace(new URLSearchParams(new URLSearchParams(query).toString())), place);
    }),
  );
});

test('unknown and empty parts of an address are ignored', () => {
  const query = new URLSearchParams('?device=&errors=all&search=%20&other=1&turn=x');
  assert.deepEqual(conversationsPlace(query), { filters: {} });
});

test('a day ends when the next one begins, also when a clock is changed; other words are no day', () => {
  for (const day of ['2026-11-26', '2024-02-29', '2026-12-31', '2026-03-29']) {
    const end = endOfDayMs(day) ?? 0;
    const last = new Date(end - 1);
    const two = (number: number) => String(number).padStart(2, '0');
    assert.equal(`${last.getFullYear()}-${two(last.getMonth() + 1)}-${two(last.getDate())}`, day);
    assert.deepEqual([new Date(end).getHours(), new Date(end).getMinutes()], [0, 0]);
  }
  for (const none of ['', 'today', '2026-13-01', '2026-02-30', '2026-11-26T10:00'])
    assert.equal(endOfDayMs(none), undefined);
});

test('marked words put together are the text, for any search', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, search) => {
      assert.equal(
        markedText(text, search)
          .map((part) => part.text)
          .join(''),
        text,
      );
    }),
  );
});

test('the beginning of a word is marked, in either case, and not its middle', () => {
  assert.deepEqual(
    markedText('Weather: sweat, WEATHER', 'weath').filter((part) => part.isMatch),
    [
      { text: 'Weath', isMatch: true },
      { text: 'WEATH', isMatch: true },
    ],
  );
  assert.deepEqual(markedText('a.b', '.'), [{ text: 'a.b', isMatch: false }]);
});
