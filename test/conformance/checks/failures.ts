/**
 * Errors: the data of a ConvexError, and the message of any other.
 */
import assert from 'node:assert/strict';
import type { Value } from 'convex/values';
import { inTime } from '../../support/in-time.ts';
import type { CallError } from '../suite/backend.ts';
import type { Check } from '../suite/check.ts';

const DATA: Value[] = [
  'text',
  '',
  0,
  null,
  true,
  { code: 'no', big: 5n, bytes: new ArrayBuffer(2) },
  [1, 'a', null],
  [],
];

export const failures: Check[] = [
  {
    id: 'failures.data',
    title: 'the data of a ConvexError arrives, whatever value it is: in queries, mutations and actions',
    async run(backend) {
      for (const data of DATA) {
        const isSame = (error: CallError) => {
          assert.deepStrictEqual(error.data, data);
          return true;
        };
        await assert.rejects(backend.query('failures:refuseQuery', { data }), isSame);
        await assert.rejects(backend.mutation('failures:refuseMutation', { data }), isSame);
        await assert.rejects(backend.action('failures:refuseAction', { data }), isSame);
      }
    },
  },
  {
    id: 'failures.data-through-action',
    title: 'and an action that catches it has it, too',
    async run(backend) {
      for (const data of DATA) assert.deepEqual(await backend.action('failures:dataThroughAction', { data }), data);
    },
  },
  {
    id: 'failures.message',
    title: 'any other error has its message and no data',
    async run(backend) {
      const message = 'it went wrong: "quoted" ü';
      for (const [kind, path] of [
        ['query', 'failures:throwQuery'],
        ['mutation', 'failures:throwMutation'],
        ['action', 'failures:throwAction'],
      ] as const) {
        await assert.rejects(backend[kind](path, { message }), (error: CallError) => {
          assert.ok(error.message.includes(message), error.message);
          assert.equal(error.data, undefined);
          return true;
        });
      }
    },
  },
  {
    id: 'failures.no-error',
    title: 'what is thrown and is no Error is an error all the same',
    async run(backend) {
      await assert.rejects(backend.query('failures:throwText', { message: 'only a text' }), /only a text/);
    },
  },
  {
    id: 'failures.subscription',
    title: 'a subscription is told the error with its data, and goes on',
    async run(backend) {
      const failed = new Promise<Error>((resolve, reject) => {
        const watcher = { onValue: () => reject(new Error('a value')), onError: resolve };
        backend.subscribe('failures:refuseQuery', { data: { code: 'no' } }, watcher);
      });
      const error = await inTime(failed, 'the error');
      assert.deepEqual((error as CallError).data, { code: 'no' });
    },
  },
];
