import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineSchema, defineTable } from 'convex/server';
import { convexToJson, type Value, v } from 'convex/values';
import type { Database, DatabaseQuery } from '../../src/cloud/database/database.ts';
import { openDatabase } from '../../src/cloud/database/open-database.ts';
import { createReadIndex } from '../../src/cloud/database/read-index.ts';
import { allRows, rowOf, testDatabase, testFolder } from './open.ts';

/** Its methods change the table, so each schema has its own. */
const texts = () => defineTable({ text: v.optional(v.string()), kind: v.optional(v.any()), deep: v.optional(v.any()) });
const schema = defineSchema({
  texts: texts().searchIndex('by_text', { searchField: 'text', filterFields: ['kind', 'deep.kind'] }),
  others: defineTable(v.any()),
});

function searchOf(text: string, equal: Record<string, Value | undefined> = {}): DatabaseQuery {
  const filters = Object.entries(equal).map(([fieldPath, value]) => ({
    type: 'Eq' as const,
    fieldPath,
    value: value === undefined ? { $undefined: null } : convexToJson(value),
  }));
  const search = { type: 'Search' as const, fieldPath: 'text', value: text };
  return { source: { type: 'Search', indexName: 'texts.by_text', filters: [search, ...filters] }, operators: [] };
}

const insert = (database: Database, ...rows: Record<string, Value>[]) =>
  database.write(async (writer) => rows.map((row) => writer.insert('texts', row)));
const found = (database: Database, ...search: Parameters<typeof searchOf>) =>
  database.read(async (reader) => allRows(reader, searchOf(...search)).map(({ text }) => text));

test('words, the beginning of the last one, and equal filter fields; the best comes first', async (t) => {
  const database = await testDatabase(t, { schema });
  await insert(
    database,
    { text: 'Turn the LIGHT on, please', kind: 1 },
    { text: 'light, light: Éclair "light" AND (light)', kind: 1n },
    { text: 'delighted' },
    { kind: 1 },
  );
  const [on, many] = ['Turn the LIGHT on, please', 'light, light: Éclair "light" AND (light)'];
  assert.deepEqual(await found(database, 'lig'), [many, on]);
  assert.deepEqual(await found(database, 'lig please'), [on]);
  assert.deepEqual(await found(database, 'nothing " OR text : light'), [many, on]);
  assert.deepEqual(await found(database, 'ÉCLAIR'), [many]);
  assert.deepEqual(await found(database, 'eclair'), []);
  assert.deepEqual(await found(database, 'light', { kind: 1 }), [on]);
  assert.deepEqual(await found(database, 'light', { kind: 1n, 'deep.kind': undefined }), [many]);
  assert.deepEqual(await found(database, 'delighted', { kind: undefined }), ['delighted']);
  assert.deepEqual(await found(database, ' ,; '), []);
});

test('words are those of Convex: marks belong to them, and 32 bytes are too long for one', async (t) => {
  const database = await testDatabase(t, { schema });
  const long = 'x'.repeat(31);
  const texts = [`a ${long} word`, `a ${long}y word`, 'नमस्ते दुनिया', '2½ Tassen', 'snake_case-and-kebab'];
  await insert(database, ...texts.map((text) => ({ text })));
  assert.deepEqual(await found(database, long), [texts[0]]);
  // The last word that counts is the beginning of one.
  assert.deepEqual((await found(database, `wor ${long}y`)).sort(), texts.slice(0, 2).sort());
  assert.deepEqual(await found(database, 'नमस्ते'), [texts[2]]);
  // A virama is no letter for Convex.
  assert.deepEqual(await found(database, 'ते'), [texts[2]]);
  assert.deepEqual(await found(database, 'मस'), []);
  assert.deepEqual(await found(database, '2½'), [texts[3]]);
  assert.deepEqual(await found(database, 'case'), [texts[4]]);
});

test('a search follows each write, in the same transaction, and what is rolled back', async (t) => {
  const database = await testDatabase(t, { schema });
  const [id = '', other = ''] = await insert(database, { text: 'old words' }, { text: 'other words' });
  await database.write(async (writer) => {
    writer.patch(id, { text: 'new words' });
    const find = (text: string) => allRows(writer, searchOf(text)).map(({ _id }) => _id);
    assert.deepEqual(find('old'), []);
    const undone = writer.nested(async (inner) => {
      inner.remove(other);
      inner.patch(id, { text: undefined });
      assert.deepEqual(allRows(inner, searchOf('words')), []);
      throw new Error('undone');
    });
    await assert.rejects(undone, /undone/);
    assert.deepEqual(find('words').sort(), [id, other].sort());
    writer.patch(other, { kind: 'x' });
    writer.replace(id, { kind: 'x' });
  });
  assert.deepEqual(await found(database, 'words', { kind: 'x' }), ['other words']);
  await database.write(async (writer) => writer.remove(other));
  assert.deepEqual(await found(database, 'words'), []);
});

test('a search that is watched is affected by a text of its table, and by nothing else', async (t) => {
  const database = await testDatabase(t, { schema });
  const index = createReadIndex<string>();
  await database.read(async (reader) => {
    allRows(reader, searchOf('light'));
    index.add('search', reader.reads);
  });
  const affected: boolean[] = [];
  database.onCommit(({ written }) => affected.push(index.affectedBy(written).has('search')));
  await insert(database, { text: 'light' });
  await insert(database, { kind: 2 });
  await database.write(async (writer) => writer.insert('others', { text: 'light' }));
  assert.deepEqual(affected, [true, false, false]);
});

test('pages of a search have each result once; more than 1,024 results are an error', async (t) => {
  const database = await testDatabase(t, { schema });
  await insert(database, ...Array.from({ length: 30 }, (_, i) => ({ text: `light ${'dark '.repeat(i % 5)}` })));
  const query = searchOf('light');
  const all = await database.read(async (reader) => allRows(reader, query).map(({ _id }) => _id));
  const paged: (string | undefined)[] = [];
  for (let cursor: string | null = null, isDone = false; !isDone; ) {
    const page = await database.read(async (reader) => reader.page({ query, cursor, pageSize: 7 }));
    paged.push(...page.documents.map((text) => rowOf(text)?._id));
    assert.equal(page.splitCursor, null);
    ({ isDone, continueCursor: cursor } = page);
  }
  assert.deepEqual(paged, all);
  await insert(database, ...Array.from({ length: 1_000 }, () => ({ text: 'light' })));
  await assert.rejects(found(database, 'light'), /scanned too many documents \(fetched 1024\)/);
  const query20 = { ...query, operators: [{ limit: 20 }] };
  assert.equal((await database.read(async (reader) => allRows(reader, query20))).length, 20);
});

test('what a search index is not for is told in the words of Convex', async (t) => {
  const database = await testDatabase(t, { schema });
  const refused = (source: Partial<DatabaseQuery['source']>, message: RegExp) =>
    assert.rejects(
      database.read(async (reader) =>
        reader.open({ ...searchOf('x'), source: { ...searchOf('x').source, ...source } } as DatabaseQuery),
      ),
      message,
    );
  await refused({ indexName: 'texts.by_x' }, /Index texts\.by_x not found\./);
  await refused({ filters: [] }, /does not contain any search filters/);
  const search = { type: 'Search' as const, fieldPath: 'text', value: 'x' };
  await refused({ filters: [search, search] }, /contains multiple search filters against "text"/);
  await refused({ filters: [{ ...search, fieldPath: 'kind' }] }, /doesn't match the indexed `searchField` "text"/);
  const equal = { type: 'Eq' as const, fieldPath: 'text', value: 'x' };
  await refused({ filters: [search, equal] }, /that field isn't indexed for filtering/);
});

test('indexes of a new schema are filled, those it does not have are dropped, documents stay', async (t) => {
  const folder = testFolder(t);
  const open = async (table: ReturnType<typeof texts>) => {
    const options = { folder, schema: defineSchema({ texts: table }), isDurable: false };
    const database = await openDatabase(options);
    t.after(() => database.close());
    return database;
  };
  const first = await open(texts());
  await insert(first, ...Array.from({ length: 300 }, (_, i) => ({ text: `number ${i}`, kind: i % 3 })));
  first.close();
  const byKind = {
    source: {
      type: 'IndexRange' as const,
      indexName: 'texts.by_kind',
      range: [{ type: 'Eq' as const, fieldPath: 'kind', value: 2 }],
      order: null,
    },
    operators: [],
  };
  const second = await open(texts().searchIndex('by_text', { searchField: 'text' }).index('by_kind', ['kind']));
  assert.deepEqual(await found(second, '299'), ['number 299']);
  assert.equal((await second.read(async (reader) => allRows(reader, byKind))).length, 100);
  second.close();
  const third = await open(texts().index('by_kind', ['text']));
  await assert.rejects(found(third, '299'), /not found/);
  await assert.rejects(
    third.read(async (reader) => allRows(reader, byKind)),
    /doesn't index this field/,
  );
  assert.equal(await third.read(async (reader) => reader.count('texts')), 300);
});
