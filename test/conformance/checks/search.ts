/**
 * Search indexes.
 */
import assert from 'node:assert/strict';
import type { Backend } from '../suite/backend.ts';
import type { Check } from '../suite/check.ts';
import { run } from './writes.ts';

interface Page {
  page: { text: string }[];
  isDone: boolean;
  continueCursor: string;
}

const TEXTS = [
  { text: 'The weather in the north is cold', kind: 'report' },
  { text: 'Weather, weather, weather: nothing else', kind: 'report' },
  { text: 'A song about rain', kind: 'song', language: 'en' },
  { text: 'Ein Lied über Regen', kind: 'song', language: 'de' },
  { text: 'WEATHERMAN sings', kind: 'song' },
];

async function found(backend: Backend, text: string, equal?: object, most = 10): Promise<string[]> {
  const search = { field: 'text', text, ...(equal && { equal }) };
  const args = { table: 'texts', index: 'by_text', search, how: 'take', most };
  return (await backend.query<{ text: string }[]>('read:rows', args)).map((row) => row.text);
}

const fill = (backend: Backend) =>
  run<string>(backend, ...TEXTS.map((value) => ({ do: 'insert', table: 'texts', value })));
const at = (...indexes: number[]) => indexes.map((i) => TEXTS[i]?.text ?? '');

export const search: Check[] = [
  {
    id: 'search.words',
    title: 'texts that have one of the words, whatever their case',
    async run(backend) {
      await fill(backend);
      assert.deepEqual((await found(backend, 'NORTH')).sort(), at(0));
      assert.deepEqual((await found(backend, 'rain cold')).sort(), at(2, 0).sort());
      assert.deepEqual(await found(backend, 'nonexistent'), []);
    },
  },
  {
    id: 'search.prefix',
    title: 'the last word is the beginning of a word',
    async run(backend) {
      await fill(backend);
      assert.deepEqual((await found(backend, 'weath')).sort(), at(0, 1, 4).sort());
    },
  },
  {
    id: 'search.only-last-is-prefix',
    title: 'and it alone',
    async run(backend) {
      await fill(backend);
      assert.deepEqual(await found(backend, 'nor rain'), at(2));
    },
  },
  {
    id: 'search.punctuation',
    title: 'punctuation separates words',
    async run(backend) {
      await fill(backend);
      assert.deepEqual(await found(backend, 'nothing'), at(1));
      await run(backend, { do: 'insert', table: 'texts', value: { text: '(bracketed)!', kind: 'report' } });
      assert.deepEqual(await found(backend, 'bracketed'), ['(bracketed)!']);
    },
  },
  {
    id: 'search.rank',
    title: 'a text in which the word is more frequent comes first',
    async run(backend) {
      await fill(backend);
      assert.deepEqual((await found(backend, 'weather ')).slice(0, 1), at(1));
    },
  },
  {
    id: 'search.filters',
    title: 'filter fields are equal, also to undefined',
    async run(backend) {
      await fill(backend);
      assert.deepEqual(await found(backend, 'weather', { kind: 'song' }), at(4));
      assert.deepEqual(await found(backend, 'song lied', { language: 'de' }), at(3));
      assert.deepEqual((await found(backend, 'weather', { language: { absent: true } })).length, 3);
    },
  },
  {
    id: 'search.follows',
    title: 'a search follows what is changed and deleted, within the same mutation, too',
    async run(backend) {
      const ids = await fill(backend);
      await run(backend, { do: 'patch', id: ids[0], value: { text: 'Sunshine' } }, { do: 'delete', id: ids[1] });
      assert.deepEqual(await found(backend, 'north'), []);
      assert.deepEqual(await found(backend, 'sunshine'), ['Sunshine']);
      assert.deepEqual(await found(backend, 'nothing'), []);
    },
  },
  {
    id: 'search.long-words',
    title: 'a word of 32 bytes or more is in no index',
    async run(backend) {
      const word = 'x'.repeat(31);
      const texts = [`a ${word}`, `a ${word}y`];
      await run(backend, ...texts.map((text) => ({ do: 'insert', table: 'texts', value: { text, kind: 'report' } })));
      assert.deepEqual(await found(backend, word), texts.slice(0, 1));
      assert.deepEqual(await found(backend, `${word}y`), []);
    },
  },
  {
    id: 'search.missing-field',
    title: 'a document without the text is not found, and does not disturb',
    async run(backend) {
      const insert = (value: object) => ({ do: 'insert', table: 'rows', value });
      await run(backend, insert({ a: 1 }), insert({ a: 1, label: 'rain' }), insert({ a: 2, label: 'rain' }));
      const search = { field: 'label', text: 'rain', equal: { a: 1 } };
      const args = { table: 'rows', index: 'by_label', search, how: 'take', most: 10 };
      const rows = await backend.query<{ label: string }[]>('read:rows', args);
      assert.deepEqual(
        rows.map(({ label }) => label),
        ['rain'],
      );
    },
  },
  {
    id: 'search.pages',
    title: 'pages of a search have each result once',
    async run(backend) {
      const texts = Array.from({ length: 25 }, (_, i) => ({
        text: `rain ${'snow '.repeat(i % 4)}${i}`,
        kind: 'report',
      }));
      await run(backend, ...texts.map((value) => ({ do: 'insert', table: 'texts', value })));
      const args = { table: 'texts', index: 'by_text', search: { field: 'text', text: 'rain' } };
      const seen: string[] = [];
      for (let cursor: string | null = null, isDone = false; !isDone; ) {
        const paginationOpts = { cursor, numItems: 10 };
        const page: Page = await backend.query<Page>('read:page', { ...args, paginationOpts });
        seen.push(...page.page.map(({ text }) => text));
        ({ isDone, continueCursor: cursor } = page);
      }
      assert.deepEqual(seen.toSorted(), texts.map(({ text }) => text).toSorted());
    },
  },
  {
    id: 'search.unknown-index',
    title: 'a search index that the schema does not have is refused',
    async run(backend) {
      const args = { table: 'texts', index: 'by_nothing', search: { field: 'text', text: 'x' } };
      await assert.rejects(backend.query('read:rows', args), /by_nothing/);
    },
  },
];
