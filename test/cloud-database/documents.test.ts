import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Value } from 'convex/values';
import { DATABASE_FILE, openDatabase } from '../../src/cloud/database/open-database.ts';
import { importSqlite, openSqlite, type Sqlite } from '../../src/cloud/database/sqlite.ts';
import { EarshotError } from '../../src/core/errors.ts';
import { allRows, anySchema, rangeOf, rowOf, scanOf, testDatabase, testFolder } from './open.ts';

const BetterSqlite = await importSqlite();

test('a document is inserted, patched, replaced and removed; its indexes follow', async (t) => {
  const database = await testDatabase(t);
  const id = await database.write(async (writer) => writer.insert('rows', { a: 'x', n: 1 }));
  const find = (a: Value) => database.read(async (reader) => allRows(reader, rangeOf('rows.by_a_b', [['Eq', 'a', a]])));
  const [found] = await find('x');
  assert.equal(found?._id, id);
  assert.deepEqual(rowOf(await database.read(async (reader) => reader.get(id))), found);

  await database.write(async (writer) => writer.patch(id, { a: 'y', b: 2n }));
  assert.deepEqual(await find('x'), []);
  assert.deepEqual(await find('y'), [{ ...found, a: 'y', b: 2n }]);
  await database.write(async (writer) => writer.patch(id, { b: undefined }));
  assert.deepEqual(await find('y'), [{ ...found, a: 'y' }]);
  await database.write(async (writer) => writer.replace(id, { a: null, n: 7 }));
  assert.deepEqual(await find(null), [{ _id: id, _creationTime: found?._creationTime, a: null, n: 7 }]);
  await database.write(async (writer) => writer.remove(id));
  assert.deepEqual(await find(null), []);
  assert.equal(await database.read(async (reader) => reader.get(id)), undefined);
});

test('what a function threw away is not in the database, and its table neither', async (t) => {
  const database = await testDatabase(t);
  const fails = database.write(async (writer) => {
    writer.insert('unknown', { n: 1 });
    writer.insert('rows', { a: 1, n: 1 });
    throw new Error('no');
  });
  await assert.rejects(fails, /^Error: no$/);
  assert.equal(await database.read(async (reader) => reader.count('rows')), 0);
  const id = await database.write(async (writer) => writer.insert('unknown', { n: 2 }));
  assert.equal(database.tableOf(id), 'unknown');
});

test('errors have the words of Convex', async (t) => {
  const database = await testDatabase(t);
  const refused = (work: Parameters<typeof database.write>[0], message: RegExp) =>
    assert.rejects(database.write(work), (error) => message.test(String(error)) || assert.fail(String(error)));
  const id = await database.write(async (writer) => writer.insert('people', { name: 'Ada' }));
  const row = await database.write(async (writer) => writer.insert('rows', { a: 1, n: 1 }));
  await refused(
    async (w) => w.get('42people'),
    /Invalid argument `id` for `db.get`: Unable to decode ID: Invalid ID length 8/,
  );
  await refused(async (w) => w.patch('0'.repeat(32), {}), /for `db.patch`: Unable to decode ID: Invalid table number/);
  await refused(
    async (w) => w.remove(id, 'rows'),
    /for `db.delete`: expected to be an Id<"rows">, got Id<"people"> instead\./,
  );
  await refused(
    async (w) => w.insert('people', { name: 1 }),
    /Failed to insert or update a document in table "people" because it does not match the schema: Value does not match validator\.\nPath: \.name/,
  );
  await refused(
    async (w) => w.insert('people', { name: '', boss: row }),
    /from table `rows`, which does not match the table name in validator `v.id\("people"\)`/,
  );
  await refused(async (w) => w.insert('people', { name: '', _x: 1 }), /Field '_x' starts with an underscore/);
  await refused(
    async (w) => w.insert('rows', { a: 'x'.repeat(1 << 20), n: 1 }),
    /Value is too large \(1\.00 MiB > maximum size 1 MiB\)/,
  );
  await refused(async (w) => w.patch(id, { _id: row }), /doesn't match '_id' field/);
  await refused(async (w) => w.insert('bad name', {}), /Invalid table name: "bad name"/);
  await refused(async (w) => w.open(rangeOf('rows.by_x', [])), /Index rows\.by_x not found\./);
  const deep = Array.from({ length: 16 }).reduce<Value>((value) => [value], 1);
  await refused(
    async (w) => w.insert('rows', { a: deep, n: 1 }),
    /Document is too nested \(nested 17 levels deep > maximum nesting 16\)/,
  );
  const wide = Object.fromEntries(Array.from({ length: 1_025 }, (_, i) => [`f${i}`, i]));
  await refused(
    async (w) => w.insert('rows', { a: wide, n: 1 }),
    /Object has too many fields \(1025 > maximum number 1024\)/,
  );
  await database.write(async (writer) => writer.remove(id));
  await refused(async (w) => w.patch(id, {}), /Update on nonexistent document ID /);
  await refused(async (w) => w.replace(id, {}), /Replace on nonexistent document ID /);
  await refused(async (w) => w.remove(id), /Delete on nonexistent document ID /);
});

test('after a restart everything is there, creation times and timestamps go on, and numbers of tables stay', async (t) => {
  const folder = testFolder(t);
  let wallMs = Date.UTC(2026, 0, 1);
  const clock = { now: () => 0, wallNow: () => wallMs, setTimeout: () => 0, clearTimeout() {} };
  const open = () => openDatabase({ folder, schema: anySchema, clock });
  const first = await open();
  const id = await first.write(async (writer) => {
    writer.insert('another', { n: 1 });
    return writer.insert('rows', { a: 1, n: 1 });
  });
  const before = first.timestamp();
  first.close();
  wallMs -= 3_600_000;
  const second = await open();
  t.after(() => second.close());
  const row = rowOf(await second.read(async (reader) => reader.get(id)));
  assert.equal(row?.a, 1);
  assert.ok(second.timestamp() > before);
  const next = await second.write(async (writer) => rowOf(writer.get(writer.insert('rows', { a: 2, n: 1 }))));
  assert.ok((next?._creationTime ?? 0) > (row?._creationTime ?? 0));
  assert.equal(await second.read(async (reader) => reader.count('another')), 1);
});

test('a nested function that throws takes back what it wrote, and nothing else; its writer is its own', async (t) => {
  const database = await testDatabase(t);
  const commits: number[] = [];
  database.onCommit(({ written }) => commits.push(written.length));
  const acts: string[] = [];
  const numbers = await database.write(async (writer) => {
    writer.insert('rows', { a: 1, n: 1 });
    await assert.rejects(
      writer.nested(async (inner) => {
        inner.insert('rows', { a: 1, n: 2 });
        inner.afterCommit(() => acts.push('never'));
        await inner.nested(async (innermost) => innermost.insert('rows', { a: 1, n: 3 }));
        throw new Error('inner');
      }),
      /inner/,
    );
    const parallel = [4, 5].map((n) =>
      writer.nested(async (inner) => {
        await Promise.resolve();
        inner.insert('rows', { a: 1, n });
        await Promise.resolve();
        inner.afterCommit(() => acts.push(`after ${n}`));
        if (n === 4) throw new Error('four');
      }),
    );
    await Promise.allSettled(parallel);
    return allRows(writer, scanOf('rows')).map(({ n }) => n);
  });
  assert.deepEqual(numbers, [1, 5]);
  assert.deepEqual(acts, ['after 5']);
  assert.equal(commits.length, 1);
});

test('the outer writer does not write while a nested one runs', async (t) => {
  const database = await testDatabase(t);
  const both = database.write(async (writer) => {
    const inner = writer.nested(async () => await new Promise(setImmediate));
    await Promise.resolve();
    await Promise.resolve();
    assert.throws(() => writer.insert('rows', { a: 1, n: 1 }), /A nested transaction is running/);
    await inner;
    return writer.insert('rows', { a: 1, n: 1 });
  });
  assert.ok(await both);
});

test('a file that is damaged, of another program, or of a newer version is refused in one sentence and left as it is', async (t) => {
  const folder = testFolder(t);
  const path = join(folder, DATABASE_FILE);
  const open = () => openDatabase({ folder, schema: anySchema });
  const refused = async (message: RegExp) => {
    const before = readFileSync(path);
    await assert.rejects(open(), (error) => error instanceof EarshotError && message.test(error.message));
    assert.ok(readFileSync(path).equals(before), 'it is left as it is');
  };
  writeFileSync(path, 'This is no database, but it is long enough to be looked at. '.repeat(20));
  await refused(/cannot be used: it is damaged$/);
  rmSync(path);
  (await open()).close();
  const sql = await openSqlite(path, { isDurable: false });
  sql.pragma('user_version = 99');
  sql.pragma('journal_mode = DELETE');
  sql.close();
  await refused(/a newer version of Earshot wrote it \(format 99, this is 1\)/);
  rmSync(path);
  const foreign = await openSqlite(path, { isDurable: false });
  foreign.exec('CREATE TABLE theirs (x)');
  foreign.close();
  await refused(/it is not a database of Earshot/);
});

test('a function that fails does not read the list of tables again', async (t) => {
  const database = await testDatabase(t);
  await database.write(async (writer) => writer.insert('new', { n: 1 }));
  const { prepare } = BetterSqlite.prototype;
  let prepared = 0;
  t.after(() => {
    BetterSqlite.prototype.prepare = prepare;
  });
  BetterSqlite.prototype.prepare = function counted(this: Sqlite, source: string) {
    prepared++;
    return prepare.call(this, source);
  } as typeof prepare;
  for (let i = 0; i < 10; i++) await database.write(async () => assert.fail('no')).catch(() => {});
  assert.equal(prepared, 0);
});

test('its files are for its user alone', async (t) => {
  const folder = testFolder(t);
  const before = process.umask(0o022);
  t.after(() => process.umask(before));
  const database = await testDatabase(t, { folder });
  await database.write(async (writer) => writer.insert('rows', { a: 1, n: 1 }));
  const modes = readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o777]);
  assert.deepEqual(modes.sort(), [
    ['cloud.db', 0o600],
    ['cloud.db-shm', 0o600],
    ['cloud.db-wal', 0o600],
  ]);
});
