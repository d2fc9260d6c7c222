/**
 * Transactions: all or nothing, and one after another.
 */
import assert from 'node:assert/strict';
import type { Backend } from '../suite/backend.ts';
import type { Check } from '../suite/check.ts';
import { run } from './writes.ts';

const insert = (label: string) => ({ do: 'insert', table: 'rows', value: { label } });
const fail = { do: 'throw', value: 'on purpose' };

async function labels(backend: Backend): Promise<string[]> {
  return (await backend.query<{ label: string }[]>('read:rows', { table: 'rows' })).map(({ label }) => label);
}

export const transactions: Check[] = [
  {
    id: 'transactions.throw',
    title: 'a mutation that throws after writes has changed nothing',
    async run(backend) {
      const [kept] = await run<string>(backend, insert('before'));
      const steps = [insert('no'), { do: 'patch', id: kept, value: { label: 'no' } }, { do: 'delete', id: kept }, fail];
      await assert.rejects(run(backend, ...steps), /on purpose/);
      assert.deepEqual(await labels(backend), ['before']);
      await assert.rejects(run(backend, insert('no'), { do: 'refuse', value: { code: 'no' } }));
      assert.deepEqual(await labels(backend), ['before']);
    },
  },
  {
    id: 'transactions.own-writes',
    title: 'a mutation reads what it wrote',
    async run(backend) {
      const count = { do: 'count', table: 'rows' };
      const results = await run(backend, count, insert('a'), count, insert('b'), count, { do: 'delete', id: 1 }, count);
      assert.deepEqual([results[0], results[2], results[4], results[6]], [0, 1, 2, 1]);
    },
  },
  {
    id: 'transactions.nested',
    title: 'what a mutation within a mutation writes belongs to it: also when the outer one throws afterwards',
    async run(backend) {
      await run(backend, insert('outer'), { do: 'nested', steps: [insert('inner')] });
      assert.deepEqual(await labels(backend), ['outer', 'inner']);
      await assert.rejects(run(backend, { do: 'nested', steps: [insert('no')] }, fail), /on purpose/);
      await assert.rejects(run(backend, insert('no'), { do: 'nested', steps: [insert('no'), fail] }), /on purpose/);
      assert.deepEqual(await labels(backend), ['outer', 'inner']);
    },
  },
  {
    id: 'transactions.nested-and-caught',
    title: 'a mutation within that throws and is caught has changed nothing, and the outer one everything',
    async run(backend) {
      const inner = { do: 'caught', steps: [insert('inner'), { do: 'nested', steps: [insert('innermost')] }, fail] };
      const count = { do: 'count', table: 'rows' };
      const results = await run(backend, insert('first'), inner, count, insert('last'));
      assert.deepEqual(results.slice(1, 3), ['caught', 1]);
      assert.deepEqual(await labels(backend), ['first', 'last']);
    },
  },
  {
    id: 'transactions.nested-error-data',
    title: 'the data of a ConvexError reaches the mutation that catches it',
    async run(backend) {
      const data = { code: 'no', big: 5n };
      const [caught] = await run(backend, { do: 'caught', steps: [{ do: 'refuse', value: data }] });
      assert.deepEqual(caught, data);
    },
  },
  {
    id: 'transactions.parallel',
    title: 'mutations within, all at the same time: each alone is all or nothing',
    async run(backend) {
      const steps = Array.from({ length: 9 }, (_, i) =>
        i % 3 === 2 ? { do: 'nested', steps: [insert(`no ${i}`), fail] } : insert(String(i)),
      );
      const [statuses] = await run(backend, { do: 'parallel', steps });
      assert.deepEqual(
        statuses,
        steps.map((_, i) => (i % 3 === 2 ? 'rejected' : 'fulfilled')),
      );
      assert.deepEqual((await labels(backend)).sort(), ['0', '1', '3', '4', '6', '7']);
    },
  },
  {
    id: 'transactions.increments',
    title: '100 increments at the same time are 100, and each has another result',
    async run(backend) {
      const all = Array.from({ length: 100 }, () => backend.mutation<number>('write:increment', { name: 'shared' }));
      const results = await Promise.all(all);
      assert.deepEqual(
        results.sort((x, y) => x - y),
        Array.from({ length: 100 }, (_, i) => i + 1),
      );
    },
  },
  {
    id: 'transactions.whole-seen',
    title: 'a query sees all of a mutation or nothing of it',
    async run(backend) {
      const pair = (i: number) => run(backend, insert(`${i}`), insert(`${i}`));
      const writing = Array.from({ length: 30 }, (_, i) => pair(i));
      const counts = Array.from({ length: 30 }, () =>
        backend.query<number>('read:rows', { table: 'rows', how: 'count' }),
      );
      for (const count of await Promise.all(counts)) assert.equal(count % 2, 0);
      await Promise.all(writing);
      assert.equal((await labels(backend)).length, 60);
    },
  },
];
