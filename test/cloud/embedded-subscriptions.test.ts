/**
 * Watched queries of the embedded cloud: what is executed, when, and what each client is told of it. Over a table of texts in memory.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { ReadIndex, ReadRange, WrittenKey } from '../../src/cloud/database/database.ts';
import type { QueryResult } from '../../src/cloud/runtime/runtime.ts';
import { createSubscriptions, type QueryEntry, type Subscriber } from '../../src/cloud/server/subscriptions.ts';
import { systemClock } from '../../src/core/time/clock.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const range = (name: string): ReadRange => ({ index: 't.i', low: bytes(name), high: bytes(`${name}\0`) });

/** Looks at all of them. */
function simpleReadIndex(): ReadIndex<QueryEntry> {
  const reads = new Map<QueryEntry, readonly ReadRange[]>();
  const isIn = ({ low, high }: ReadRange, key: Uint8Array) =>
    Buffer.compare(low, key) <= 0 && Buffer.compare(key, high) < 0;
  return {
    add: (entry, ranges) => void reads.set(entry, ranges),
    remove: (entry) => void reads.delete(entry),
    affectedBy: (written: readonly WrittenKey[]) =>
      new Set(
        [...reads].flatMap(([entry, ranges]) =>
          written.some(({ key }) => ranges.some((each) => isIn(each, key))) ? [entry] : [],
        ),
      ),
  };
}

/** `path` is the name of a text, or several with commas; `journal` says how often it was executed. */
function cloud({
  maxSubscriptions = 10_000,
  delay = async () => {},
  onError = (error) => assert.fail(String(error)),
}: {
  maxSubscriptions?: number;
  delay?: () => Promise<void>;
  onError?: (error: unknown) => void;
} = {}) {
  const texts = new Map<string, string>();
  const executed: string[] = [];
  let timestamp = 1n;
  let isPaged = false;
  const subscriptions = createSubscriptions({
    runtime: {
      async query(path, _args, _caller, journal): Promise<QueryResult> {
        const seen = timestamp;
        const text = JSON.stringify(path.split(',').map((name) => texts.get(name) ?? null));
        executed.push(journal ? `${path} ${journal}` : path);
        await delay();
        const outcome =
          texts.get(path) === 'fails' ? ({ ok: false, message: 'it fails' } as const) : { ok: true as const, text };
        return {
          outcome,
          reads: path.split(',').map(range),
          journal: isPaged ? (journal ?? 'page') : null,
          timestamp: seen,
        };
      },
    },
    readIndex: simpleReadIndex(),
    clock: systemClock,
    maxSubscriptions,
    onError,
  });
  return {
    subscriptions,
    executed,
    page: () => (isPaged = true),
    set(name: string, text: string): void {
      texts.set(name, text);
      timestamp += 1n;
      subscriptions.commit({ written: [{ index: 't.i', key: bytes(name) }], timestamp });
    },
    client() {
      const told: string[] = [];
      const subscriber: Subscriber = subscriptions.open(() => {
        const changes = subscriber.takeChanges();
        if (changes.length > 0)
          told.push(changes.map(({ queryId, answer }) => `${queryId}:${answerIn(answer.body)}`).join(' '));
      });
      subscriber.proven();
      const watch = (
        queryId: number,
        path: string,
        rest: { args?: object; callerKey?: string; journal?: string } = {},
      ) =>
        subscriber.watch(queryId, {
          path,
          args: (rest.args ?? {}) as never,
          caller: { identity: null },
          callerKey: rest.callerKey ?? '',
          journal: rest.journal ?? null,
        });
      return { told, subscriber, watch };
    },
  };
}

const answerIn = (body: string) =>
  JSON.stringify(JSON.parse(`{${body}}`).value ?? JSON.parse(`{${body}}`).errorMessage);
const settled = async () => {
  for (let i = 0; i < 10; i++) await turn();
};

test('equal queries of many clients are executed once, whatever the order of their arguments', async () => {
  const { subscriptions, executed, client, set } = cloud();
  set('a', '1');
  const clients = Array.from({ length: 50 }, () => client());
  for (const [i, { watch }] of clients.entries()) watch(0, 'a', { args: i % 2 ? { x: 1, y: [2] } : { y: [2], x: 1 } });
  await settled();
  assert.deepEqual(executed, ['a']);
  assert.deepEqual({ ...subscriptions.stats }, { subscriptions: 50, queries: 1, executions: 1, refused: 0 });
  set('a', '2');
  await settled();
  assert.deepEqual(executed, ['a', 'a']);
  for (const { told } of clients) assert.deepEqual(told, ['0:["1"]', '0:["2"]']);
});

test('equal queries of different identities are executed for each', async () => {
  const { executed, client } = cloud();
  const { watch } = client();
  watch(0, 'a', { callerKey: 'one' });
  watch(1, 'a', { callerKey: 'two' });
  await settled();
  assert.equal(executed.length, 2);
});

test('a query is executed again only when what it read was written', async () => {
  const { executed, client, set } = cloud();
  const { watch, told } = client();
  watch(0, 'a');
  watch(1, 'b');
  await settled();
  set('c', 'x');
  set('b', 'x');
  await settled();
  assert.deepEqual(executed, ['a', 'b', 'b']);
  assert.deepEqual(told, ['0:[null] 1:[null]', '1:["x"]']);
});

test('an equal answer is not told', async () => {
  const { executed, client, set } = cloud();
  const { watch, told } = client();
  set('a', 'x');
  watch(0, 'a');
  await settled();
  set('a', 'x');
  await settled();
  assert.equal(executed.length, 2);
  assert.deepEqual(told, ['0:["x"]']);
});

test('nothing is computed when nobody watches', async () => {
  const { subscriptions, executed, client, set } = cloud();
  const { watch, subscriber } = client();
  watch(0, 'a');
  await settled();
  subscriber.unwatch(0);
  set('a', 'x');
  const other = client();
  other.watch(0, 'b');
  await settled();
  other.subscriber.close();
  set('b', 'x');
  await settled();
  assert.deepEqual(executed, ['a', 'b']);
  assert.deepEqual({ ...subscriptions.stats }, { subscriptions: 0, queries: 0, executions: 2, refused: 0 });
});

test('a client is told all changes of one commit together', async () => {
  const { client, set } = cloud({ delay: turn });
  const { watch, told } = client();
  for (let i = 0; i < 60; i++) watch(i, i === 59 ? 'b' : `b,${i}`);
  await settled();
  await settled();
  told.length = 0;
  set('b', '1');
  await settled();
  await settled();
  assert.equal(told.length, 1);
  assert.equal(told[0]?.split(' ').length, 60);
});

test('what is written while a query runs makes it run again, and only the last answer is told', async () => {
  let go = () => {};
  const { executed, client, set } = cloud({ delay: () => new Promise((resolve) => (go = resolve)) });
  const { watch, told } = client();
  watch(0, 'a');
  await settled();
  set('a', 'new');
  go();
  await settled();
  go();
  await settled();
  assert.deepEqual(executed, ['a', 'a']);
  assert.deepEqual(told, ['0:["new"]']);
});

test('a client whose queries every commit makes stale is told something all the same', async () => {
  const { client, set } = cloud({ delay: turn });
  const { watch, told } = client();
  for (let i = 0; i < 100; i++) watch(i, `hot,${i}`);
  await settled();
  let stopped = false;
  const writing = (async () => {
    for (let n = 0; !stopped; n++) {
      set('hot', String(n));
      // Two turns: those that were started have ended.
      await turn();
      await turn();
      await turn();
    }
  })();
  const before = told.length;
  const deadline = Date.now() + 20_000;
  while (told.length < before + 3 && Date.now() < deadline) await turn();
  stopped = true;
  await writing;
  assert.ok(told.length >= before + 3, `${told.length - before} transitions`);
});

test('no client waits for the many queries of another', async () => {
  const { client, set, executed } = cloud({ delay: turn });
  const many = client();
  const one = client();
  for (let i = 0; i < 1_000; i++) many.watch(i, `x,${i}`);
  one.watch(0, 'x');
  while (many.told.length === 0) await turn();
  executed.length = 0;
  set('x', '1');
  while (one.told.length < 2) await turn();
  assert.ok(executed.length < 40, `after ${executed.length} executions`);
});

test('the queries of clients without a key run one at a time, those of others beside them', async () => {
  const { client, subscriptions, executed } = cloud({ delay: () => new Promise(() => {}) });
  for (let i = 0; i < 5; i++) {
    subscriptions
      .open(() => {})
      .watch(0, { path: `stranger ${i}`, args: {}, caller: { identity: null }, callerKey: '', journal: null });
  }
  client().watch(0, 'honest');
  await settled();
  assert.deepEqual(executed, ['stranger 0', 'honest']);
});

test('beyond the limit on all subscriptions one more is refused and counted', () => {
  const { client, subscriptions } = cloud({ maxSubscriptions: 2 });
  const { watch, subscriber } = client();
  assert.deepEqual([watch(0, 'a'), watch(1, 'b'), watch(2, 'c')], [true, true, false]);
  assert.equal(subscriptions.stats.refused, 1);
  subscriber.unwatch(0);
  assert.equal(watch(2, 'c'), true);
});

test('another identity: the queries are asked again, and an equal answer is not told', async () => {
  const { client, executed } = cloud();
  const { watch, told, subscriber } = client();
  watch(0, 'a', { callerKey: 'one' });
  await settled();
  watch(0, 'a', { callerKey: 'two' });
  await settled();
  assert.equal(executed.length, 2);
  assert.deepEqual(told, ['0:[null]']);
  assert.equal(subscriber.size, 1);
});

test('a page keeps its end when it is executed again, and after a new connection; who asks anew gets its own', async () => {
  const { client, executed, page, set } = cloud();
  page();
  const first = client();
  first.watch(0, 'a');
  await settled();
  set('a', '1');
  await settled();
  assert.deepEqual(executed, ['a', 'a page']);
  const back = client();
  back.watch(0, 'a', { journal: 'page' });
  await settled();
  assert.equal(executed.length, 2, 'it shares the execution with the same journal');
  client().watch(0, 'a');
  await settled();
  assert.deepEqual(executed, ['a', 'a page', 'a']);
});

test('an error is an answer like others', async () => {
  const { client, set } = cloud();
  const { watch, told } = client();
  set('a', 'fails');
  watch(0, 'a');
  await settled();
  set('a', 'fails');
  await settled();
  set('a', 'x');
  await settled();
  assert.deepEqual(told, ['0:"it fails"', '0:["x"]']);
});

test('a client whose callback throws costs the others of its query nothing', async () => {
  const errors: string[] = [];
  const { subscriptions, executed, client, set } = cloud({ onError: (error) => errors.push(String(error)) });
  const before = client();
  before.watch(0, 'a');
  const broken = subscriptions.open(() => {
    throw new Error('this callback is broken');
  });
  broken.watch(0, { path: 'a', args: {}, caller: { identity: null }, callerKey: '', journal: null });
  const behind = client();
  behind.watch(0, 'a');
  await settled();
  for (const text of ['1', '2']) {
    set('a', text);
    await settled();
    for (const { isCurrent } of [before.subscriber, broken, behind.subscriber]) assert.equal(isCurrent, true);
  }
  for (const { told } of [before, behind]) assert.deepEqual(told, ['0:[null]', '0:["1"]', '0:["2"]']);
  assert.deepEqual(executed, ['a', 'a', 'a']);
  assert.deepEqual(errors, Array(3).fill('Error: this callback is broken'));
});
