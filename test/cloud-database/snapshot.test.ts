import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { defineSchema, defineTable } from 'convex/server';
import { type Value, v } from 'convex/values';
import { ZipFile } from 'yazl';
import { encodeId } from '../../src/cloud/database/document-id.ts';
import { openDatabase } from '../../src/cloud/database/open-database.ts';
import type { DeployedSchema } from '../../src/cloud/database/schema.ts';
import { exportSnapshot } from '../../src/cloud/database/snapshot/export-snapshot.ts';
import { importSnapshot } from '../../src/cloud/database/snapshot/import-snapshot.ts';
import type { ImportMode } from '../../src/cloud/database/snapshot/place-tables.ts';
import { EarshotError } from '../../src/core/errors.ts';
import { hasProgram } from '../support/has-program.ts';
import { once } from '../support/in-time.ts';
import { allRows, anySchema, rangeOf, rowOf, scanOf, testFolder } from './open.ts';

const VALUES: Value[] = [
  ...[null, true, '', 'é\n"\\', '12', 'a 7 b', 0, -0, 1, -1.5, 1e21, 1e-7, NaN, Infinity, -Infinity],
  ...[
    0n,
    7n,
    -(2n ** 63n),
    2n ** 63n - 1n,
    new Uint8Array([0, 255]).buffer,
    [],
    [1, 1n],
    {},
    { '5': 5, a: { b: [2n] } },
  ],
];

async function open(t: TestContext, folder: string, schema: DeployedSchema = anySchema) {
  const database = await openDatabase({ folder, schema, isDurable: false });
  t.after(() => database.close());
  return database;
}

const exportTo = (folder: string, path: string) => exportSnapshot({ folder, output: createWriteStream(path) });
const importFrom = (folder: string, path: string, mode: ImportMode = 'new', schema: DeployedSchema = anySchema) =>
  importSnapshot({ folder, path, mode, schema, systemTables: {} });

/** A database with documents of all types, a table outside the schema, and a file. */
async function filled(t: TestContext) {
  const folder = testFolder(t);
  const database = await open(t, folder);
  const bytes = Buffer.from('some sound '.repeat(5_000));
  const sha256 = createHash('sha256').update(bytes).digest('base64');
  const { file, ids } = await database.write(async (writer) => {
    const file = writer.insert('_storage', { sha256, size: bytes.length, contentType: 'audio/ogg; codecs=opus' });
    const ids = VALUES.map((a, n) => writer.insert('rows', { a, n }));
    const ada = writer.insert('people', { name: 'Ada' });
    writer.insert('people', { name: 'Bob', boss: ada });
    writer.insert('loose', { file });
    return { file, ids };
  });
  mkdirSync(join(folder, 'files'), { recursive: true });
  writeFileSync(join(folder, 'files', file), bytes);
  return { folder, database, file, ids, bytes };
}

async function everything(t: TestContext, folder: string) {
  const database = await open(t, folder);
  const rows = await database.read(async (reader) =>
    ['rows', 'people', 'loose', '_storage'].map((table) => allRows(reader, scanOf(table))),
  );
  const byName = await database.read(async (reader) =>
    allRows(reader, rangeOf('people.by_name', [['Eq', 'name', 'Bob']])),
  );
  database.close();
  return { rows, byName };
}

test('what is exported is imported elsewhere: all types, ids, times, numbers of tables, files, indexes', async (t) => {
  const { folder, database, file, bytes } = await filled(t);
  const path = join(testFolder(t), 'snapshot.zip');
  const exported = await exportTo(folder, path);
  database.close();
  assert.deepEqual(exported, { tables: 3, documents: VALUES.length + 3, files: 1, bytes: bytes.length, setAside: 0 });
  const other = testFolder(t);
  // Its tables have other numbers, until the import.
  (await open(t, other, defineSchema({ first: defineTable(v.any()), people: defineTable(v.any()) }))).close();
  assert.deepEqual(await importFrom(other, path), exported);
  assert.deepEqual(await everything(t, other), await everything(t, folder));
  assert.deepEqual(readFileSync(join(other, 'files', file)), bytes);
  assert.deepEqual(readdirSync(join(other, 'files')), [file]);
});

const skip = hasProgram('python3', '--version') ? false : 'python3 is not installed';
test('the archive is one that other programs read, in the format of Convex', { skip }, async (t) => {
  const { folder, file } = await filled(t);
  const path = join(testFolder(t), 'snapshot.zip');
  await exportTo(folder, path);
  const read = (name: string) =>
    execFileSync(
      'python3',
      [
        '-c',
        'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))',
        path,
        name,
      ],
      { encoding: 'utf8' },
    );
  const names = execFileSync(
    'python3',
    [
      '-c',
      'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(*sorted(z.namelist()), sep="\\n")',
      path,
    ],
    { encoding: 'utf8' },
  );
  assert.deepEqual(
    names.trim().split('\n'),
    [
      'README.md',
      `_storage/${file}.oga`,
      '_storage/documents.jsonl',
      '_tables/documents.jsonl',
      'loose/documents.jsonl',
      'loose/generated_schema.jsonl',
      'people/documents.jsonl',
      'people/generated_schema.jsonl',
      'rows/documents.jsonl',
      'rows/generated_schema.jsonl',
    ].sort(),
  );
  assert.equal(read('rows/generated_schema.jsonl'), '"uniform"\n');
  const tables = read('_tables/documents.jsonl')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    tables.map(({ name, id }) => `${name} ${id}`),
    ['rows 10001', 'people 10002', 'loose 10003'],
  );
  const lines = read('rows/documents.jsonl');
  for (const text of [
    '"a":7,',
    '"a":1.0,',
    '"a":-0.0,',
    '"a":9223372036854775807,',
    '"a":[1.0,1],',
    '"a":{"$bytes":"AP8="},',
    '"a":1e+21,',
  ]) {
    assert.ok(lines.includes(text), text);
  }
});

test('a snapshot is of one moment, and the cloud goes on while it is written', async (t) => {
  const { folder, database } = await filled(t);
  await database.write(async (writer) => {
    for (let n = 0; n < 2_000; n++) writer.insert('rows', { a: 'x'.repeat(500), n });
  });
  const path = join(testFolder(t), 'snapshot.zip');
  let writes = 0;
  const exporting = exportSnapshot({
    folder,
    output: createWriteStream(path),
    onProgress: () => {
      writes++;
      void database.write(async (writer) => writer.insert('people', { name: `later ${writes}` }));
    },
  });
  const { documents } = await exporting;
  assert.equal(documents, VALUES.length + 3 + 2_000);
  assert.ok(writes > 10);
  assert.ok((await database.read(async (reader) => reader.count('people'))) > 10);
});

test('new refuses tables with documents, replace replaces them, append adds to them; what fails changes nothing', async (t) => {
  const { folder, database, ids } = await filled(t);
  const path = join(testFolder(t), 'snapshot.zip');
  await exportTo(folder, path);
  await database.write(async (writer) => {
    writer.remove(ids[0] ?? '');
    writer.insert('rows', { a: 'added', n: 99 });
    writer.insert('untouched', { n: 1 });
  });
  database.close();
  const before = await everything(t, folder);
  await assert.rejects(importFrom(folder, path, 'new'), /table rows has documents already/);
  await assert.rejects(importFrom(folder, path, 'append'), /row \d of table rows: there is a document with its _id/);
  assert.deepEqual(await everything(t, folder), before);
  await importFrom(folder, path, 'replace');
  const again = await open(t, folder);
  assert.deepEqual(await again.read(async (reader) => allRows(reader, scanOf('rows')).map(({ a }) => a)), VALUES);
  assert.equal(await again.read(async (reader) => reader.count('untouched')), 1);
  assert.ok(rowOf(await again.read(async (reader) => reader.get(ids[0] ?? ''))));
  again.close();
});

/** An archive of these files. */
async function archive(t: TestContext, files: Record<string, string>): Promise<string> {
  const path = join(testFolder(t), 'made.zip');
  const zip = new ZipFile();
  for (const [name, text] of Object.entries(files)) zip.addBuffer(Buffer.from(text), name);
  zip.end();
  const output = createWriteStream(path);
  zip.outputStream.pipe(output);
  await once(output, 'close');
  return path;
}

test('documents without ids get some; numbers of files that people wrote are numbers', async (t) => {
  const folder = testFolder(t);
  const path = await archive(t, { 'backup/rows/documents.jsonl': '{"a": 5, "n": 1}\n\n{"a": "x", "n": 2}' });
  await importFrom(folder, path, 'append');
  await importFrom(folder, path, 'append');
  const database = await open(t, folder);
  const rows = await database.read(async (reader) => allRows(reader, rangeOf('rows.by_n', [['Eq', 'n', 1]])));
  assert.deepEqual(
    rows.map(({ a }) => a),
    [5, 5],
  );
});

test('what is damaged, foreign or does not fit is refused with its place, and nothing of it is there', async (t) => {
  const { folder } = await filled(t);
  const good = join(testFolder(t), 'good.zip');
  await exportTo(folder, good);
  const bytes = readFileSync(good);
  const target = testFolder(t);
  const refusedFile = async (content: Buffer, message: RegExp) => {
    const path = join(testFolder(t), 'bad.zip');
    writeFileSync(path, content);
    await assert.rejects(
      importFrom(target, path),
      (error) => (error instanceof EarshotError && message.test(error.message)) || assert.fail(String(error)),
    );
  };
  await refusedFile(Buffer.from('no archive'), /is no whole snapshot/);
  await refusedFile(bytes.subarray(0, bytes.length - 100), /is no whole snapshot/);
  for (let at = 40; at < bytes.length; at += Math.floor(bytes.length / 40)) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 0xff;
    const path = join(testFolder(t), 'changed.zip');
    writeFileSync(path, changed);
    // What does not matter may be changed; anything else is an error of ours.
    await importFrom(testFolder(t), path).catch((error) => assert.ok(error instanceof EarshotError, String(error)));
  }
  const refused = async (files: Record<string, string>, message: RegExp) =>
    assert.rejects(
      importFrom(target, await archive(t, files)),
      (error) => (error instanceof EarshotError && message.test(error.message)) || assert.fail(String(error)),
    );
  const storage = encodeId(540, Buffer.alloc(16, 1));
  await refused({}, /it has no documents/);
  await refused(
    { 'people/documents.jsonl': '{"name": "x"}\n{"name": 7}' },
    /row 2 of table people: it does not match the schema/,
  );
  await refused({ 'people/documents.jsonl': '{"name": ' }, /a row of table people is none/);
  await refused({ 'people/documents.jsonl': '[]' }, /row 1 of table people: it wasn't an object/);
  await refused({ 'people/documents.jsonl': '{"_id": "1;people", "name": "x"}' }, /Invalid ID length/);
  await refused({ 'bad-name/documents.jsonl': '{}' }, /Invalid table name/);
  await refused(
    { '_storage/documents.jsonl': `{"_id": "${storage}", "sha256": "x"}` },
    /the file \w+ is missing in it/,
  );
  await refused(
    { '_storage/documents.jsonl': `{"_id": "${storage}", "sha256": "x"}`, [`_storage/${storage}.oga`]: 'y' },
    /its SHA-256 is another/,
  );
  await refused({ '_storage/x.oga': 'y', 'rows/documents.jsonl': '' }, /is not named after an id/);
  await refused({ '_components/c/rows/documents.jsonl': '' }, /components/);
  await refused(
    { 'rows/documents.jsonl': '{}', 'rows/generated_schema.jsonl': '"{\\"a\\": int64}"' },
    /in an older format/,
  );
  await refused({ 'rows/documents.jsonl': 'x'.repeat(9 << 20) }, /a line of rows\/documents\.jsonl is too long/);
  assert.deepEqual((await everything(t, target)).rows, [[], [], [], []]);
  assert.deepEqual(readdirSync(join(target, 'files')), []);
});

test('an archive that says less than it holds, or more than the disk has, is refused before it fills anything', async (t) => {
  const path = await archive(t, { 'rows/documents.jsonl': `${' '.repeat(50 << 20)}\n` });
  const bytes = readFileSync(path);
  const directory = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  const liar = Buffer.from(bytes);
  liar.writeUInt32LE(10, directory + 24);
  writeFileSync(path, liar);
  await assert.rejects(importFrom(testFolder(t), path), /is no whole snapshot/);
  const greedy = Buffer.from(bytes);
  greedy.writeUInt32LE(0xfffffffe, directory + 24);
  writeFileSync(path, greedy);
  await assert.rejects(importFrom(testFolder(t), path), EarshotError);
});
