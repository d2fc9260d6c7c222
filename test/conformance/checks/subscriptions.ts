/**
 * Subscriptions: told what changes, and nothing else.
 */
import assert from 'node:assert/strict';
import { inTime } from '../../support/in-time.ts';
import type { Backend } from '../suite/backend.ts';
import type { Check } from '../suite/check.ts';
import { holdsSoon } from '../suite/soon.ts';
import { run } from './writes.ts';

/** Watches until the check ends. */
async function watching<T>(
  backend: Backend,
  path: string,
  args: Record<string, unknown>,
  work: (seen: T[]) => Promise<void>,
): Promise<void> {
  const seen: T[] = [];
  let stop = () => {};
  const told = new Promise<void>((resolve, reject) => {
    const onValue = (value: T) => {
      seen.push(value);
      resolve();
    };
    stop = backend.subscribe<T>(path, args, { onValue, onError: reject });
  });
  try {
    await inTime(told, `the first result of ${path}`);
    await work(seen);
  } finally {
    stop();
  }
}

const count = { table: 'rows', index: 'by_a_and_b', range: [['eq', 'a', 1]], how: 'count' };

export const subscriptions: Check[] = [
  {
    id: 'subscriptions.told',
    title: 'a change is told: inserted, patched into the range and out of it, deleted',
    async run(backend) {
      await watching<number>(backend, 'read:rows', count, async (seen) => {
        const tells = (value: number) => holdsSoon(async () => assert.equal(seen.at(-1), value));
        await tells(0);
        const [one, two] = await run<string>(
          backend,
          { do: 'insert', table: 'rows', value: { a: 1 } },
          { do: 'insert', table: 'rows', value: { a: 2 } },
        );
        await tells(1);
        await run(backend, { do: 'patch', id: two, value: { a: 1 } });
        await tells(2);
        await run(backend, { do: 'patch', id: one, value: { a: 3 } });
        await tells(1);
        await run(backend, { do: 'delete', id: two });
        await tells(0);
      });
    },
  },
  {
    id: 'subscriptions.first',
    title: 'a query that read one row is told when another becomes the first',
    async run(backend) {
      const first = { table: 'rows', index: 'by_a_and_b', how: 'first' };
      await watching<{ a: number } | null>(backend, 'read:rows', first, async (seen) => {
        for (const a of [5, 7, 3, 4, 1]) {
          await run(backend, { do: 'insert', table: 'rows', value: { a } });
          const wanted = a === 5 || a === 7 ? 5 : a === 1 ? 1 : 3;
          await holdsSoon(async () => assert.equal(seen.at(-1)?.a, wanted));
        }
      });
    },
  },
  {
    id: 'subscriptions.by-id',
    title: 'a query of one document by its id',
    async run(backend) {
      const [id] = await run<string>(backend, { do: 'insert', table: 'rows', value: { a: 1 } });
      await watching<{ a: number } | null>(backend, 'read:get', { id }, async (seen) => {
        await run(backend, { do: 'patch', id, value: { a: 2 } });
        await holdsSoon(async () => assert.equal(seen.at(-1)?.a, 2));
        await run(backend, { do: 'delete', id });
        await holdsSoon(async () => assert.equal(seen.at(-1), null));
      });
    },
  },
  {
    id: 'subscriptions.search',
    title: 'a search that is watched',
    async run(backend) {
      const search = { table: 'texts', index: 'by_text', search: { field: 'text', text: 'word' }, how: 'count' };
      await watching<number>(backend, 'read:rows', search, async (seen) => {
        await run(backend, { do: 'insert', table: 'texts', value: { text: 'a word', kind: 'x' } });
        await holdsSoon(async () => assert.equal(seen.at(-1), 1));
      });
    },
  },
  {
    id: 'subscriptions.not-told',
    title: 'what has not changed is not told again',
    async run(backend) {
      await watching<number>(backend, 'read:rows', count, async (seen) => {
        for (let i = 0; i < 20; i++) await run(backend, { do: 'insert', table: 'rows', value: { a: 2 } });
        await run(backend, { do: 'insert', table: 'rows', value: { a: 1 } });
        await holdsSoon(async () => assert.equal(seen.at(-1), 1));
        assert.deepEqual(seen, [0, 1]);
      });
    },
  },
  {
    id: 'subscriptions.files',
    title: 'the address of a file is told to be gone',
    async run(backend) {
      const id = await backend.action<string>('files:store', { bytes: new ArrayBuffer(1) });
      await watching<string | null>(backend, 'files:url', { id }, async (seen) => {
        assert.notEqual(seen.at(-1), null);
        await backend.mutation('files:remove', { id });
        await holdsSoon(async () => assert.equal(seen.at(-1), null));
      });
    },
  },
  {
    id: 'subscriptions.over-a-restart',
    title: 'a subscription goes on after a restart of the server',
    async run(backend) {
      await watching<number>(backend, 'read:rows', count, async (seen) => {
        await backend.restart();
        await run(backend, { do: 'insert', table: 'rows', value: { a: 1 } });
        await holdsSoon(async () => assert.equal(seen.at(-1), 1));
      });
    },
  },
];
