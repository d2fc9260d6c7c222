/**
 * Ranges of an index: what they contain, and which are refused.
 */
import assert from 'node:assert/strict';
import { compareValues, type Value } from 'convex/values';
import fc from '../../support/fast-check.ts';
import type { Backend } from '../suite/backend.ts';
import type { Check } from '../suite/check.ts';
import { ABSENT, AWKWARD, insertKeys, isAbsent } from './values.ts';

type Bound = [operator: string, field: string, value: Value];
interface Row {
  a?: Value;
  b?: Value;
  label: string;
}

const HOLDS: Record<string, (order: number) => boolean> = {
  eq: (order) => order === 0,
  gt: (order) => order > 0,
  gte: (order) => order >= 0,
  lt: (order) => order < 0,
  lte: (order) => order <= 0,
};

/** What `bounds` contain, by the order of values alone. */
function within<T extends object>(rows: readonly T[], bounds: readonly Bound[]): T[] {
  return rows.filter((row) =>
    bounds.every(([operator, field, value]) => {
      const found = (row as Record<string, Value>)[field];
      return HOLDS[operator]?.(compareValues(found, isAbsent(value) ? undefined : value));
    }),
  );
}

function insertRows(backend: Backend, rows: readonly Omit<Row, 'label'>[]): Promise<unknown> {
  const steps = rows.map((row, i) => ({ do: 'insert', table: 'rows', value: { ...row, label: String(i) } }));
  return backend.mutation('write:run', { steps });
}

async function labels(backend: Backend, range: readonly Bound[], rest: object = {}): Promise<string[]> {
  const args = { table: 'rows', index: 'by_a_and_b', range, ...rest };
  return (await backend.query<Row[]>('read:rows', args)).map(({ label }) => label);
}

const GRID = [0, 1, 2].flatMap((a) => ['x', 'y', 'z'].map((b) => ({ a, b })));

function refuses(title: string, index: string, range: Bound[], message: RegExp): Omit<Check, 'id'> {
  return {
    title,
    async run(backend) {
      await assert.rejects(backend.query('read:rows', { table: 'rows', index, range }), message);
    },
  };
}

export const ranges: Check[] = [
  {
    id: 'ranges.operators',
    title: 'eq, gt, gte, lt and lte on the first field and on the second, alone and in pairs, in both orders',
    async run(backend) {
      await insertRows(backend, GRID);
      const rows: Row[] = GRID.map((row, i) => ({ ...row, label: String(i) }));
      const ofA: Bound[][] = [
        [],
        [['eq', 'a', 1]],
        [['gt', 'a', 0]],
        [['gte', 'a', 1]],
        [['lt', 'a', 2]],
        [['lte', 'a', 1]],
        [
          ['gt', 'a', 0],
          ['lt', 'a', 2],
        ],
        [
          ['gte', 'a', 1],
          ['lte', 'a', 1],
        ],
        [
          ['gt', 'a', 1],
          ['lt', 'a', 1],
        ],
        [
          ['gt', 'a', 2],
          ['lt', 'a', 0],
        ],
        [
          ['lt', 'a', 2],
          ['gt', 'a', 0],
        ],
      ];
      const ofB: Bound[][] = [
        [['eq', 'b', 'y']],
        [['gt', 'b', 'x']],
        [['gte', 'b', 'y']],
        [['lt', 'b', 'y']],
        [['lte', 'b', 'y']],
        [
          ['gte', 'b', 'y'],
          ['lt', 'b', 'z'],
        ],
      ];
      for (const range of [...ofA, ...ofB.map((each): Bound[] => [['eq', 'a', 1], ...each])]) {
        const wanted = within(rows, range).map(({ label }) => label);
        assert.deepEqual(await labels(backend, range), wanted, JSON.stringify(range));
        assert.deepEqual(await labels(backend, range, { order: 'desc' }), wanted.reverse(), JSON.stringify(range));
      }
    },
  },
  {
    id: 'ranges.ties',
    title: 'equal keys are in the order of their creation, or its reverse',
    async run(backend) {
      await insertRows(
        backend,
        Array.from({ length: 30 }, () => ({ a: 1, b: 1 })),
      );
      const wanted = Array.from({ length: 30 }, (_, i) => String(i));
      assert.deepEqual(await labels(backend, [['eq', 'a', 1]]), wanted);
      assert.deepEqual(await labels(backend, [['eq', 'a', 1]], { order: 'desc' }), wanted.reverse());
    },
  },
  {
    id: 'ranges.any-values',
    title: 'a range between any two values contains what is between them (property)',
    async run(backend) {
      await insertKeys(backend, AWKWARD);
      const rows = AWKWARD.map((key, i) => ({ ...(!isAbsent(key) && { key }), label: String(i) }));
      const bound = fc.constantFrom(...AWKWARD);
      const lower = fc.tuple(fc.constantFrom('gt', 'gte'), fc.constant('key'), bound);
      const upper = fc.tuple(fc.constantFrom('lt', 'lte'), fc.constant('key'), bound);
      const range = fc.oneof(fc.tuple(lower), fc.tuple(upper), fc.tuple(lower, upper));
      for (const bounds of fc.sample(range, { numRuns: 120, seed: 21 }) as Bound[][]) {
        const found = await backend.query<Row[]>('read:rows', { table: 'values', index: 'by_key', range: bounds });
        const wanted = within(rows, bounds).map(({ label }) => label);
        assert.deepEqual(new Set(found.map(({ label }) => label)), new Set(wanted), bounds.map(String).join(' '));
      }
    },
  },
  {
    id: 'ranges.missing-fields',
    title: 'a row without the field is found by eq undefined, before null',
    async run(backend) {
      await insertRows(backend, [{ a: null }, {}, { a: 0 }]);
      assert.deepEqual(await labels(backend, [['eq', 'a', ABSENT]]), ['1']);
      assert.deepEqual(await labels(backend, [['eq', 'a', null]]), ['0']);
      assert.deepEqual(await labels(backend, [['gt', 'a', ABSENT]]), ['0', '2']);
      assert.deepEqual(await labels(backend, []), ['1', '0', '2']);
    },
  },
  {
    id: 'ranges.nested-field',
    title: 'an index of a field within an object',
    async run(backend) {
      const nested = [{ x: 2 }, { x: 1, y: 9 }, { y: 1 }, 'no object', null];
      const steps = nested.map((each, i) => ({
        do: 'insert',
        table: 'rows',
        value: { nested: each, label: String(i) },
      }));
      await backend.mutation('write:run', { steps });
      const find = async (range: Bound[]) => {
        const rows = await backend.query<Row[]>('read:rows', { table: 'rows', index: 'by_nested', range });
        return rows.map(({ label }) => label);
      };
      assert.deepEqual(await find([['gt', 'nested.x', ABSENT]]), ['1', '0']);
      assert.deepEqual(await find([['eq', 'nested.x', ABSENT]]), ['2', '3', '4']);
    },
  },
  {
    id: 'ranges.by-creation-time',
    title: 'by_creation_time and by_id are indexes of every table',
    async run(backend) {
      await insertRows(backend, GRID);
      type Stored = Row & { _id: string; _creationTime: number };
      const all = await backend.query<Stored[]>('read:rows', { table: 'rows' });
      const fourth = all[3];
      assert.ok(fourth, 'no fourth row');
      const after: Bound[] = [['gt', '_creationTime', fourth._creationTime]];
      const later = await backend.query<Row[]>('read:rows', { table: 'rows', index: 'by_creation_time', range: after });
      assert.deepEqual(later, all.slice(4));
      const same: Bound[] = [['eq', '_id', fourth._id]];
      assert.deepEqual(await backend.query('read:rows', { table: 'rows', index: 'by_id', range: same }), [fourth]);
      const fields: Bound[] = [
        ['eq', 'a', fourth.a ?? 0],
        ['eq', 'b', fourth.b ?? ''],
        ['eq', '_creationTime', fourth._creationTime],
      ];
      assert.deepEqual(await backend.query('read:rows', { table: 'rows', index: 'by_a_and_b', range: fields }), [
        fourth,
      ]);
    },
  },
  {
    id: 'ranges.wrong-field',
    ...refuses('a range has the fields of its index in their order', 'by_a_and_b', [['eq', 'b', 1]], /order|expected/),
  },
  {
    id: 'ranges.skipped-field',
    ...refuses(
      'after an inequality there is no further field',
      'by_a_and_b',
      [
        ['gt', 'a', 1],
        ['eq', 'b', 1],
      ],
      /eq|\bb\b/,
    ),
  },
  {
    id: 'ranges.two-fields',
    ...refuses(
      'both ends are of one field',
      'by_a_and_b',
      [
        ['gt', 'a', 1],
        ['lt', 'b', 1],
      ],
      /field/,
    ),
  },
  {
    id: 'ranges.two-lower-ends',
    ...refuses(
      'there is one lower end',
      'by_a_and_b',
      [
        ['gt', 'a', 1],
        ['gte', 'a', 2],
      ],
      /gte|lower/i,
    ),
  },
  {
    id: 'ranges.unknown-index',
    ...refuses('an index that the schema does not have', 'by_nothing', [], /by_nothing/),
  },
];
