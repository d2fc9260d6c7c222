/**
 * Queries: filters with every operator, and each way to carry one out.
 */
import assert from 'node:assert/strict';
import { compareValues, type Value } from 'convex/values';
import type { Expression } from '../convex/read.ts';
import type { Backend } from '../suite/backend.ts';
import type { Check } from '../suite/check.ts';
import { ABSENT } from './values.ts';

const field = (name: string): Expression => ({ field: name });
const value = (of: unknown): Expression => ({ value: of });
const op = (name: string, ...of: Expression[]): Expression => ({ op: name, of });

const NUMBERS = [-7, -2, 0, 1, 2, 3, 8];

async function insertNumbers(backend: Backend): Promise<void> {
  const steps = NUMBERS.map((a) => ({ do: 'insert', table: 'rows', value: { a, b: a * 2, label: String(a) } }));
  await backend.mutation('write:run', { steps });
}

async function passing(backend: Backend, filter: Expression): Promise<number[]> {
  const rows = await backend.query<{ a: number }[]>('read:rows', { table: 'rows', filter });
  return rows.map(({ a }) => a);
}

function filters(id: string, title: string, cases: [Expression, (a: number) => boolean][]): Check {
  return {
    id,
    title,
    async run(backend) {
      await insertNumbers(backend);
      for (const [filter, holds] of cases) {
        assert.deepEqual(await passing(backend, filter), NUMBERS.filter(holds), JSON.stringify(filter));
      }
    },
  };
}

const a = field('a');

export const reads: Check[] = [
  filters('filters.comparisons', 'eq, neq, lt, lte, gt and gte', [
    [op('eq', a, value(2)), (n) => n === 2],
    [op('neq', a, value(2)), (n) => n !== 2],
    [op('lt', a, value(1)), (n) => n < 1],
    [op('lte', a, value(1)), (n) => n <= 1],
    [op('gt', a, value(1)), (n) => n > 1],
    [op('gte', value(1), a), (n) => 1 >= n],
  ]),
  filters('filters.arithmetic', 'add, sub, mul, div and mod', [
    [op('eq', op('add', a, value(1)), value(3)), (n) => n === 2],
    [op('eq', op('sub', a, field('b')), value(-3)), (n) => n === 3],
    [op('eq', op('mul', a, a), value(4)), (n) => n * n === 4],
    [op('gt', op('div', a, value(2)), value(1)), (n) => n / 2 > 1],
    [op('eq', op('mod', a, value(2)), value(1)), (n) => n % 2 === 1],
    [op('eq', op('mod', a, value(2)), value(-1)), (n) => n % 2 === -1],
  ]),
  filters('filters.neg', 'neg', [[op('eq', op('neg', a), value(2)), (n) => -n === 2]]),
  filters('filters.logic', 'and, or and not', [
    [op('and', op('gt', a, value(0)), op('lt', a, value(3))), (n) => n > 0 && n < 3],
    [op('or', op('eq', a, value(0)), op('eq', a, value(8))), (n) => n === 0 || n === 8],
    [op('not', op('eq', a, value(0))), (n) => n !== 0],
    [op('and'), () => true],
    [op('or'), () => false],
  ]),
  filters('filters.missing-field', 'a field that is missing is undefined', [
    [op('eq', field('nothing'), value(ABSENT)), () => true],
    [op('eq', field('a.b.c'), value(ABSENT)), () => true],
    [op('neq', field('nothing'), value(null)), () => true],
  ]),
  {
    id: 'filters.order-of-types',
    title: 'lt, lte, gt and gte compare values of different types as indexes do',
    async run(backend) {
      const keys: Value[] = [null, 1n, 5, true, 'a', new ArrayBuffer(1), [1], { x: 1 }];
      const steps = keys.map((key, i) => ({ do: 'insert', table: 'rows', value: { a: key, label: String(i) } }));
      await backend.mutation('write:run', { steps });
      const holds: Record<string, (order: number) => boolean> = {
        lt: (order) => order < 0,
        lte: (order) => order <= 0,
        gt: (order) => order > 0,
        gte: (order) => order >= 0,
      };
      for (const bound of keys) {
        for (const [operator, fits] of Object.entries(holds)) {
          const rows = await backend.query<{ label: string }[]>('read:rows', {
            table: 'rows',
            filter: op(operator, a, value(bound)),
          });
          const wanted = keys.flatMap((key, i) => (fits(compareValues(key, bound)) ? [String(i)] : []));
          assert.deepEqual(
            rows.map(({ label }) => label),
            wanted,
            `${operator} ${String(bound)}`,
          );
        }
      }
    },
  },
  {
    id: 'filters.with-index',
    title: 'a filter on a range of an index, in its order, and limited after it was filtered',
    async run(backend) {
      await insertNumbers(backend);
      const args = {
        table: 'rows',
        index: 'by_a_and_b',
        range: [['gte', 'a', -2]],
        order: 'desc',
        filter: op('neq', a, value(3)),
        how: 'take',
        most: 3,
      };
      const rows = await backend.query<{ a: number }[]>('read:rows', args);
      assert.deepEqual(
        rows.map((row) => row.a),
        [8, 2, 1],
      );
    },
  },
  {
    id: 'reads.first-and-unique',
    title: 'first and unique: the row, or null; unique throws for two rows',
    async run(backend) {
      await insertNumbers(backend);
      const ask = (how: string, filter: Expression) =>
        backend.query<{ a: number } | null>('read:rows', { table: 'rows', filter, how });
      assert.equal((await ask('first', op('gt', a, value(0))))?.a, 1);
      assert.equal(await ask('first', op('gt', a, value(100))), null);
      assert.equal((await ask('unique', op('eq', a, value(3))))?.a, 3);
      assert.equal(await ask('unique', op('gt', a, value(100))), null);
      await assert.rejects(ask('unique', op('gt', a, value(0))), /unique/);
    },
  },
  {
    id: 'reads.take',
    title: 'take gives as many as there are, and no more; none for 0',
    async run(backend) {
      await insertNumbers(backend);
      const take = (most: number) => backend.query<unknown[]>('read:rows', { table: 'rows', how: 'take', most });
      assert.equal((await take(3)).length, 3);
      assert.equal((await take(100)).length, NUMBERS.length);
      assert.equal((await take(0)).length, 0);
    },
  },
  {
    id: 'reads.iterate',
    title: 'a query is read row by row, and may be left early',
    async run(backend) {
      const steps = Array.from({ length: 300 }, (_, i) => ({
        do: 'insert',
        table: 'items',
        value: { position: i, label: '' },
      }));
      await backend.mutation('write:run', { steps });
      for (const most of [1, 2, 299, 301]) {
        const rows = await backend.query<{ position: number }[]>('read:rows', { table: 'items', how: 'iterate', most });
        assert.deepEqual(
          rows.map(({ position }) => position),
          Array.from({ length: Math.min(most, 300) }, (_, i) => i),
        );
      }
    },
  },
  {
    id: 'reads.empty-table',
    title: 'a table without rows has none',
    async run(backend) {
      assert.deepEqual(await backend.query('read:rows', { table: 'rows' }), []);
      assert.equal(await backend.query('read:rows', { table: 'rows', how: 'first' }), null);
    },
  },
  {
    id: 'reads.system-table-refused',
    title: 'system tables are read through db.system alone',
    async run(backend) {
      await assert.rejects(backend.query('read:rows', { table: '_storage' }), /system/i);
      assert.deepEqual(await backend.query('read:systemRows', { table: '_storage' }), []);
    },
  },
];
