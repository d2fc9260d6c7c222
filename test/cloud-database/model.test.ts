/**
 * The database against a plain list that is sorted with `compareValues`: random ranges, orders, limits, filters and pages, while documents come
 * and go. And subscriptions: whose answer a commit changed must be among those that it affected.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareValues, convexToJson, type Value } from 'convex/values';
import type { Database, DatabaseQuery, Reader, WrittenKey } from '../../src/cloud/database/database.ts';
import { createReadIndex } from '../../src/cloud/database/read-index.ts';
import { allRows, type Row, rangeOf, rowOf, testDatabase } from './open.ts';

const SEEDS = Number(process.env.EARSHOT_DATABASE_SEEDS ?? 2);
const STEPS = Number(process.env.EARSHOT_DATABASE_STEPS ?? 60);

const POOL: Value[] = [
  ...[null, 0n, 7n, -3n, 0, -0, 1, -1, 2.5, NaN, Infinity, -Infinity, true, false, '', 'a', 'a\0', 'ab', 'b'],
  ...[new Uint8Array([1, 0]).buffer, [], ['a'], [1, 'x'], {}, { k: 1 }],
];
const FIELDS = {
  by_a_b: ['a', 'b', '_creationTime'],
  by_n: ['n', '_creationTime'],
  by_creation_time: ['_creationTime'],
};
const TESTS = {
  Eq: (order: number) => order === 0,
  Gt: (order: number) => order > 0,
  Gte: (order: number) => order >= 0,
  Lt: (order: number) => order < 0,
  Lte: (order: number) => order <= 0,
};
type Bound = [keyof typeof TESTS, string, Value | undefined];

interface Question {
  index: keyof typeof FIELDS;
  bounds: Bound[];
  order: 'asc' | 'desc';
  limit?: number;
  above?: number;
}

/** Numbers that are the same for the same seed. */
function random(seed: number): (below: number) => number {
  let state = seed * 7_919 + 1;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}

function questionOf(pick: (below: number) => number): Question {
  const any = () => (pick(8) === 0 ? undefined : POOL[pick(POOL.length)]);
  const index = (['by_a_b', 'by_a_b', 'by_n', 'by_creation_time'] as const)[pick(4)] ?? 'by_n';
  const bounds: Bound[] = [];
  const inequality = (field: string, value: () => Value | undefined) => {
    if (pick(2)) bounds.push([pick(2) ? 'Gt' : 'Gte', field, value()]);
    if (pick(2)) bounds.push([pick(2) ? 'Lt' : 'Lte', field, value()]);
  };
  if (index === 'by_n') {
    if (pick(2)) inequality('n', () => pick(20));
    else bounds.push(['Eq', 'n', pick(20)]);
  } else if (index === 'by_a_b' && pick(4)) {
    if (pick(2)) inequality('a', any);
    else {
      bounds.push(['Eq', 'a', any()]);
      const second = pick(4);
      if (second < 2) inequality('b', any);
      if (second === 2) bounds.push(['Eq', 'b', any()]);
    }
  }
  return {
    index,
    bounds,
    order: pick(2) ? 'asc' : 'desc',
    ...(pick(2) && { limit: pick(9) }),
    ...(pick(4) === 0 && { above: pick(20) }),
  };
}

function queryOf({ index, bounds, order, limit, above }: Question): DatabaseQuery {
  const query = rangeOf(`rows.${index}`, bounds, order);
  if (above !== undefined) query.operators.push({ filter: { $gt: [{ $field: 'n' }, { $literal: above }] } });
  if (limit !== undefined) query.operators.push({ limit });
  return query;
}

function expected(rows: Iterable<Row>, { index, bounds, order, limit, above = -1 }: Question): Row[] {
  const found = [...rows].filter(
    (row) =>
      (row.n as number) > above &&
      bounds.every(([type, field, value]) => TESTS[type](compareValues(row[field], value))),
  );
  found.sort((x, y) => {
    const field = FIELDS[index].find((name) => compareValues(x[name], y[name]) !== 0) ?? '_id';
    return compareValues(x[field], y[field]) * (order === 'asc' ? 1 : -1);
  });
  return found.slice(0, limit);
}

/** All pages, with a write between two of them now and then. */
async function allPages(database: Database, question: Question, between: () => Promise<void>): Promise<Row[]> {
  const { limit, ...rest } = question;
  const query = queryOf(rest);
  const rows: Row[] = [];
  for (let cursor: string | null = null, isDone = false; !isDone; ) {
    const page = await database.read(async (reader) => reader.page({ query, cursor, pageSize: 7 }));
    rows.push(...page.documents.map((text) => rowOf(text) as Row));
    ({ isDone, continueCursor: cursor } = page);
    await between();
  }
  return rows;
}

for (let seed = 1; seed <= SEEDS; seed++) {
  test(`queries, pages and subscriptions agree with a plain list (seed ${seed})`, async (t) => {
    const pick = random(seed);
    const database = await testDatabase(t);
    const rows = new Map<string, Row>();
    const value = () => ({
      a: POOL[pick(POOL.length)] as Value,
      ...(pick(3) && { b: POOL[pick(POOL.length)] as Value }),
      n: pick(20),
    });

    async function writeOne(): Promise<void> {
      const ids = [...rows.keys()];
      const id = ids[pick(ids.length || 1)];
      const isFew = ids.length < 60;
      const touched = await database.write(async (writer) => {
        const what = isFew ? 'insert' : ['insert', 'patch', 'replace', 'remove', 'nested'][pick(5)];
        if (id === undefined || what === 'insert') return writer.insert('rows', value());
        if (what === 'patch') writer.patch(id, pick(2) ? value() : pick(2) ? { n: pick(20) } : { b: undefined });
        if (what === 'replace') writer.replace(id, value());
        if (what === 'remove') writer.remove(id);
        if (what !== 'nested') return id;
        const inserted = writer.insert('rows', value());
        const undone = writer.nested(async (inner) => {
          inner.insert('rows', value());
          inner.remove(id);
          throw new Error('undone');
        });
        await assert.rejects(undone, /undone/);
        return inserted;
      });
      const row = rowOf(await database.read(async (reader) => reader.get(touched)));
      if (row) rows.set(touched, row);
      else rows.delete(touched);
    }

    for (let i = 0; i < 100; i++) await writeOne();
    const [anyId = ''] = rows.keys();
    const readIndex = createReadIndex<number>();
    const watched = Array.from({ length: 40 }, (_, i): ((reader: Reader) => unknown) => {
      if (i % 20 === 0) return (reader) => reader.get(anyId);
      if (i % 20 === 1) return (reader) => reader.count('rows');
      const { limit, ...unlimited } = questionOf(pick);
      const query = queryOf(unlimited);
      if (i % 4 === 0) return (reader) => reader.page({ query, cursor: null, pageSize: 5 });
      return (reader) => allRows(reader, queryOf({ ...unlimited, ...(limit !== undefined && { limit }) }));
    });
    const answers: string[] = [];
    async function ask(watcher: number): Promise<string> {
      return await database.read(async (reader) => {
        const answer = JSON.stringify(convexToJson((watched[watcher]?.(reader) ?? null) as Value));
        readIndex.add(watcher, reader.reads);
        return answer;
      });
    }
    for (let watcher = 0; watcher < watched.length; watcher++) answers.push(await ask(watcher));
    const written: WrittenKey[] = [];
    database.onCommit((commit) => written.push(...commit.written));
    let rerun = 0;
    for (let step = 0; step < STEPS; step++) {
      await writeOne();
      const affected = readIndex.affectedBy(written);
      rerun += affected.size;
      for (let watcher = 0; watcher < watched.length; watcher++) {
        const answer = await ask(watcher);
        if (answer !== answers[watcher])
          assert.ok(affected.has(watcher), `watcher ${watcher} was missed at step ${step}`);
        answers[watcher] = answer;
      }
      written.length = 0;
      const question = questionOf(pick);
      const found = await database.read(async (reader) => allRows(reader, queryOf(question)));
      assert.deepEqual(found, expected(rows.values(), question), JSON.stringify(queryOf(question)));
      if (step % 10 === 0) {
        const { limit, ...all } = question;
        assert.deepEqual(await allPages(database, all, async () => {}), expected(rows.values(), all));
        const before = [...rows.keys()];
        const byTime: Question = { index: 'by_creation_time', bounds: [], order: question.order };
        const paged = (await allPages(database, byTime, writeOne)).map(({ _id }) => _id);
        assert.equal(new Set(paged).size, paged.length, 'no row is in two pages');
        for (const id of before) assert.ok(paged.includes(id) || !rows.has(id), 'no row is in no page');
      }
    }
    assert.ok(rerun < (STEPS * watched.length) / 2, `${rerun} of ${STEPS * watched.length} were affected`);
  });
}
