import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConvexError } from 'convex/values';
import type { PageRequest } from '../../src/cloud/database/database.ts';
import { createReadIndex } from '../../src/cloud/database/read-index.ts';
import { allRows, rangeOf, rowOf, scanOf, testDatabase } from './open.ts';

async function numbered(t: Parameters<typeof testDatabase>[0], count: number) {
  const database = await testDatabase(t);
  const ids = await database.write(async (writer) =>
    Array.from({ length: count }, (_, n) => writer.insert('rows', { a: 'x', n })),
  );
  const page = (request: Omit<PageRequest, 'query'>, query = rangeOf('rows.by_n', [])) =>
    database.read(async (reader) => {
      const { documents, ...rest } = reader.page({ query, ...request });
      return { ...rest, numbers: documents.map((text) => rowOf(text)?.n) };
    });
  return { database, ids, page };
}

test('rows that a function is reading follow what it writes', async (t) => {
  const { database, ids } = await numbered(t, 10);
  const seen = await database.write(async (writer) => {
    const rows = writer.open(rangeOf('rows.by_n', []));
    const numbers: unknown[] = [rowOf(rows.next())?.n, rowOf(rows.next())?.n];
    writer.remove(ids[2] ?? '');
    writer.patch(ids[4] ?? '', { n: -1 });
    writer.patch(ids[3] ?? '', { a: 'changed' });
    writer.insert('rows', { a: 'x', n: 100 });
    const third = rowOf(rows.next());
    assert.equal(third?.a, 'changed');
    numbers.push(third.n);
    for (let row = rowOf(rows.next()); row; row = rowOf(rows.next())) numbers.push(row.n);
    return numbers;
  });
  assert.deepEqual(seen, [0, 1, 3, 5, 6, 7, 8, 9, 100]);
});

test('the last row that was read is watched, in both orders, and what follows is not', async (t) => {
  const { database, ids } = await numbered(t, 6);
  const index = createReadIndex<string>();
  for (const order of ['asc', 'desc'] as const) {
    await database.read(async (reader) => {
      allRows(reader, { ...rangeOf('rows.by_n', [], order), operators: [{ limit: 2 }] });
      index.add(order, reader.reads);
    });
  }
  const affected: string[][] = [];
  database.onCommit(({ written }) => affected.push([...index.affectedBy(written)]));
  for (const id of ids) await database.write(async (writer) => writer.patch(id, { a: 'y' }));
  await database.write(async (writer) => writer.insert('rows', { a: 'x', n: -1 }));
  await database.write(async (writer) => writer.insert('rows', { a: 'x', n: 9 }));
  await database.write(async (writer) => writer.patch(ids[0] ?? '', { a: 'y' }));
  assert.deepEqual(
    affected,
    [['asc'], ['asc'], [], [], ['desc'], ['desc'], ['asc'], ['desc']],
    'the last wrote nothing new',
  );
});

test('a page that is watched ends where it ended, whatever comes and goes in it', async (t) => {
  const { database, ids, page } = await numbered(t, 10);
  const first = await page({ cursor: null, pageSize: 4 });
  assert.deepEqual(first.numbers, [0, 1, 2, 3]);
  assert.equal(first.isDone, false);
  await database.write(async (writer) => {
    writer.remove(ids[1] ?? '');
    for (const n of [0.5, 2.5, 2.6, 3.5]) writer.insert('rows', { a: 'x', n });
  });
  const again = await page({ cursor: null, endCursor: first.continueCursor, pageSize: 4 });
  assert.deepEqual(again.numbers, [0, 0.5, 2, 2.5, 2.6, 3]);
  assert.equal(again.continueCursor, first.continueCursor);
  const second = await page({ cursor: first.continueCursor, pageSize: 20 });
  assert.deepEqual(second.numbers, [3.5, 4, 5, 6, 7, 8, 9]);
  assert.equal(second.isDone, true);
  const rest = await page({ cursor: first.continueCursor, endCursor: second.continueCursor, pageSize: 1 });
  assert.deepEqual(rest.numbers, second.numbers);
  assert.deepEqual((await page({ cursor: second.continueCursor, pageSize: 4 })).numbers, []);
  const halves = [
    await page({ cursor: null, endCursor: again.splitCursor, pageSize: 4 }),
    await page({ cursor: again.splitCursor, endCursor: first.continueCursor, pageSize: 4 }),
  ];
  assert.deepEqual(
    halves.flatMap(({ numbers }) => numbers),
    again.numbers,
  );
});

test('a cursor of another query, or one that somebody made, leads nowhere', async (t) => {
  const { page } = await numbered(t, 10);
  const { continueCursor } = await page({ cursor: null, pageSize: 2 });
  const bounded = rangeOf('rows.by_n', [
    ['Gte', 'n', 2],
    ['Lt', 'n', 5],
  ]);
  const isInvalid = (error: unknown) =>
    error instanceof ConvexError &&
    error.message.startsWith('InvalidCursor') &&
    error.data.paginationError === 'InvalidCursor';
  for (const cursor of [continueCursor, 'nonsense', '', '_end_cursor']) {
    await assert.rejects(page({ cursor, pageSize: 2 }, bounded), isInvalid, cursor);
  }
  const own = await page({ cursor: null, pageSize: 2 }, bounded);
  const [fingerprint] = own.continueCursor.split('.');
  // A key before the range, and one after it.
  assert.deepEqual((await page({ cursor: `${fingerprint}.00`, pageSize: 9 }, bounded)).numbers, [2, 3, 4]);
  assert.deepEqual((await page({ cursor: `${fingerprint}.ff`, pageSize: 9 }, bounded)).numbers, []);
  assert.deepEqual(
    (await page({ cursor: null, endCursor: `${fingerprint}.ff`, pageSize: 9 }, bounded)).numbers,
    [2, 3, 4],
  );
  await assert.rejects(page({ cursor: null, pageSize: 0 }, scanOf('rows')), /Must request at least 1 document/);
});
