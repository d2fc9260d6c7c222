/**
 * The cloud accepts everything that the wire accepts, according to Convex's own client.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { convexToJson } from 'convex/values';
import { clipText, isName, isText } from '../../src/protocol/bounds.ts';
import { decodeDeviceMessage } from '../../src/protocol/control.ts';
import fc from '../support/fast-check.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 80 });
const brokenText = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 80 })
  .map((units) => String.fromCharCode(...units));
const texts = fc.oneof(anyText, brokenText, fc.constantFrom('$', '_x', '', '__proto__', 'constructor', 'a b', 'é'));

describe('a report', () => {
  test('that the wire accepts is accepted by Convex, with the same values', () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.dictionary(texts, fc.double(), { maxKeys: 4 }), (figures) => {
        const decoded = decodeDeviceMessage(JSON.stringify({ type: 'report', figures }));
        if (!decoded.ok) return;
        taken += 1;
        assert.ok(decoded.message.type === 'report');
        const json = convexToJson(decoded.message.figures);
        // The gateway's queue writes the same form as is sent later.
        assert.deepEqual(convexToJson(JSON.parse(JSON.stringify(decoded.message.figures))), json);
      }),
      { numRuns: 2_000 },
    );
    assert.ok(taken > 20, `${taken}`);
  });
});

describe('a text', () => {
  test('that the wire accepts has a unique UTF-8 form', () => {
    fc.assert(
      fc.property(texts, (text) => {
        if (isText(text))
          assert.equal(new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text)), text);
        if (isName(text)) assert.ok(isText(text) && !/\p{Cc}/u.test(text));
      }),
      { numRuns: 2_000 },
    );
  });

  test('that is cut has at most the limit, is valid, and is the beginning of the original', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          texts,
          anyText.map((text) => text.repeat(20)),
        ),
        fc.integer({ min: 1, max: 100 }),
        (text, length) => {
          const cut = clipText(text, length);
          assert.ok(cut.length <= length && isText(cut));
          if (isText(text) && text.length <= length) assert.equal(cut, text);
          else if (isText(text)) assert.ok(text.startsWith(cut.slice(0, -1)));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
