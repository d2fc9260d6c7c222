import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { defineSchema, defineTable } from 'convex/server';
import { v } from 'convex/values';
import { type DatabaseOptions, openDatabase } from '../../src/cloud/database/open-database.ts';
import { EarshotError } from '../../src/core/errors.ts';
import type { LogFields } from '../../src/core/log/log.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { allRows, rangeOf, rowOf, scanOf, testFolder } from './open.ts';

const strict = () =>
  defineSchema({ people: defineTable({ name: v.string(), age: v.optional(v.number()) }).index('by_name', ['name']) });
const loose = () => defineSchema({ people: defineTable({ name: v.any(), age: v.any() }).index('by_name', ['name']) });

async function open(t: TestContext, folder: string, schema: DatabaseOptions['schema']) {
  const warnings: LogFields[] = [];
  const log = { ...silentLog, warn: (_: string, fields: LogFields = {}) => void warnings.push(fields) };
  const database = await openDatabase({ folder, schema, log, isDurable: false });
  t.after(() => database.close());
  return { database, warnings };
}

test('documents that no longer fit are set aside and told, and come back with their ids when they fit again', async (t) => {
  const folder = testFolder(t);
  const first = await open(t, folder, loose());
  const [bad = '', good = ''] = await first.database.write(async (writer) => [
    writer.insert('people', { name: 7, age: 1 }),
    writer.insert('people', { name: 'Ada', age: 36 }),
  ]);
  const before = await first.database.read(async (reader) => rowOf(reader.get(bad)));
  first.database.close();

  const second = await open(t, folder, strict());
  assert.deepEqual(
    second.warnings.map(({ table, count, reason }) => ({ table, count, reason })),
    [
      {
        table: 'people',
        count: 1,
        reason: 'Value does not match validator. Path: .name Validator: v.string()',
      },
    ],
  );
  const names = (database: typeof first.database) =>
    database.read(async (reader) => allRows(reader, rangeOf('people.by_name', [])).map(({ _id }) => _id));
  assert.deepEqual(await names(second.database), [good]);
  assert.equal(await second.database.read(async (reader) => reader.get(bad)), undefined);
  second.database.close();

  const third = await open(t, folder, loose());
  assert.deepEqual(third.warnings, []);
  assert.deepEqual(await third.database.read(async (reader) => rowOf(reader.get(bad))), before);
  assert.deepEqual(await names(third.database), [bad, good]);
});

test('a table that the schema no longer has keeps its documents', async (t) => {
  const folder = testFolder(t);
  const first = await open(t, folder, strict());
  const id = await first.database.write(async (writer) => writer.insert('people', { name: 'Ada' }));
  first.database.close();
  const second = await open(t, folder, defineSchema({ others: defineTable(v.any()) }));
  const [row] = await second.database.read(async (reader) => allRows(reader, scanOf('people')));
  assert.equal(row?._id, id);
});

test('documents are checked only when the validator of their table has changed', async (t) => {
  const folder = testFolder(t);
  const first = await open(t, folder, strict());
  await first.database.write(async (writer) => {
    for (let i = 0; i < 2_000; i++) writer.insert('people', { name: `${i}`, age: i });
  });
  first.database.close();
  const parse = JSON.parse;
  let parsed = 0;
  JSON.parse = (text, reviver) => {
    parsed++;
    return parse(text, reviver);
  };
  t.after(() => {
    JSON.parse = parse;
  });
  (await open(t, folder, strict())).database.close();
  const unchanged = parsed;
  parsed = 0;
  (await open(t, folder, loose())).database.close();
  assert.ok(unchanged < 100, `${unchanged} texts were parsed`);
  assert.ok(parsed > 2_000);
});

test('a schema that Convex would not deploy is refused, with all that is wrong and in its words', async (t) => {
  const table = defineTable(v.any());
  for (let i = 0; i < 65; i++) table.index(`by_${i}`, [`f${i}`] as never);
  const wide = defineTable(v.any()).index('wide', Array.from({ length: 17 }, (_, i) => `f${i}`) as never);
  const same = defineTable(v.any())
    .index('one', ['a', 'b'] as never)
    .index('two', ['a', 'b'] as never)
    .index('twice', ['a', 'a'] as never);
  const folder = testFolder(t);
  await assert.rejects(open(t, folder, defineSchema({ table, wide, same })), (error) => {
    assert.ok(error instanceof EarshotError);
    assert.deepEqual(error.message.split('\n- ').slice(1), [
      'Table "table" cannot have more than 64 indexes.',
      'Indexes may have up to 16 fields. (wide.wide)',
      'In table "same" index "one" and index "two" have the same fields. Indexes must be unique within a table.',
      'Duplicate field a. Index fields must be unique within an index.',
    ]);
    return true;
  });
  assert.deepEqual(readdirSync(folder), [], 'nothing was made');
});
