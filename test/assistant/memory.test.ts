import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemory, KEPT_MESSAGES, type MessageStore } from '../../actors/assistant/memory/conversation-memory.ts';
import { createProcessLists } from '../../actors/assistant/memory/process-lists.ts';
import type { DialogueMessage, Recollection } from '../../actors/assistant/parts/memory.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

const DEVICE = 'kitchen';

function message(turn: number, role: DialogueMessage['role'], text: string): DialogueMessage {
  return { role, text, turnId: `turn-${turn}`, atMs: turn * 1_000 };
}

/** A store whose answer comes when the test says so. */
function storeOf(loaded: () => Promise<Recollection>) {
  const put: DialogueMessage[] = [];
  const calls: string[] = [];
  const store: MessageStore = {
    load: loaded,
    put: (_, stored) => void put.push(stored),
    summarize: async (_, summary, untilMs) => void calls.push(`${summary} until ${untilMs}`),
    forget: async () => {
      calls.push('forget');
      return 7;
    },
  };
  return { store, put, calls };
}

const texts = ({ messages }: Recollection) => messages.map(({ text }) => text);

test('what was said is remembered, oldest first, and stored', async () => {
  const { store, put } = storeOf(async () => ({ messages: [message(1, 'person', 'hello')] }));
  const memory = createMemory({ store, clock: createVirtualClock(), log: silentLog });
  memory.remember(DEVICE, message(2, 'person', 'what time is it'));
  memory.remember(DEVICE, message(2, 'assistant', 'It is ten.'));
  assert.deepEqual(texts(await memory.recall(DEVICE)), ['hello', 'what time is it', 'It is ten.']);
  assert.deepEqual(
    put.map(({ text }) => text),
    ['what time is it', 'It is ten.'],
  );
  assert.deepEqual(texts(await memory.recall('bedroom')), ['hello'], 'each device has its own');
});

test('of an answer that was interrupted, only what was heard is remembered', async () => {
  const { store, put } = storeOf(async () => ({ messages: [] }));
  const memory = createMemory({ store, clock: createVirtualClock(), log: silentLog });
  memory.remember(DEVICE, message(1, 'person', 'tell me a story'));
  memory.remember(DEVICE, message(1, 'assistant', 'Once upon a time there was a fox.'));
  memory.heard(DEVICE, 'turn-1', 'Once upon a time');
  memory.heard(DEVICE, 'turn-9', 'of a turn that nobody knows');
  assert.deepEqual(texts(await memory.recall(DEVICE)), ['tell me a story', 'Once upon a time']);
  assert.equal(put.at(-1)?.text, 'Once upon a time');
});

test('a slow store delays the answer only a little; what it finds counts from the next turn on', async () => {
  const clock = createVirtualClock();
  let answer = (_: Recollection) => {};
  const { store } = storeOf(() => new Promise((resolve) => (answer = resolve)));
  const memory = createMemory({ store, clock, log: silentLog });
  const first = memory.recall(DEVICE);
  await clock.run(300);
  assert.deepEqual(texts(await first), []);
  const second = memory.recall(DEVICE);
  await clock.run(0);
  assert.deepEqual(texts(await second), [], 'it has been waited for enough');
  memory.remember(DEVICE, message(2, 'person', 'two'));
  answer({ messages: [message(1, 'person', 'one'), message(2, 'person', 'two, as it was stored')], summary: 'before' });
  const { messages, summary } = await memory.recall(DEVICE);
  assert.deepEqual(
    messages.map(({ text }) => text),
    ['one', 'two'],
  );
  assert.equal(summary, 'before');
});

test('a store that fails is asked again with the next turn', async () => {
  let attempts = 0;
  const { store } = storeOf(async () => {
    attempts += 1;
    if (attempts === 1) throw new Error('away');
    return { messages: [message(1, 'person', 'one')] };
  });
  const memory = createMemory({ store, clock: createVirtualClock(), log: silentLog });
  assert.deepEqual(texts(await memory.recall(DEVICE)), []);
  assert.deepEqual(texts(await memory.recall(DEVICE)), ['one']);
});

test('a store that fails is asked again, also when something was said meanwhile; what a summary covers does not come back', async () => {
  let fails = true;
  const { store } = storeOf(async () => {
    if (fails) throw new Error('no cloud');
    return { messages: [message(1, 'person', 'hello'), message(2, 'person', 'my name is Ada')] };
  });
  const memory = createMemory({ store, clock: createVirtualClock(), log: silentLog });
  await memory.recall(DEVICE);
  memory.remember(DEVICE, message(3, 'person', 'what time is it'));
  memory.remember('bedroom', message(3, 'person', 'good night'));
  assert.deepEqual(texts(await memory.recall(DEVICE)), ['what time is it']);
  memory.summarize('bedroom', 'They said hello.', 1_000);
  await memory.recall('bedroom');
  fails = false;
  assert.deepEqual(texts(await memory.recall(DEVICE)), ['hello', 'my name is Ada', 'what time is it']);
  assert.deepEqual(texts(await memory.recall('bedroom')), ['my name is Ada', 'good night']);
});

test('a summary replaces what it covers', async () => {
  const { store, calls } = storeOf(async () => ({ messages: [] }));
  const memory = createMemory({ store, clock: createVirtualClock(), log: silentLog });
  for (const turn of [1, 2, 3]) memory.remember(DEVICE, message(turn, 'person', `${turn}`));
  memory.summarize(DEVICE, 'numbers', 2_000);
  const recollection = await memory.recall(DEVICE);
  assert.deepEqual([texts(recollection), recollection.summary, calls], [['3'], 'numbers', ['numbers until 2000']]);
});

test('what is forgotten does not come back, also not from an answer of the store that was on its way', async () => {
  let answer = (_: Recollection) => {};
  let isEmpty = false;
  const { store, calls } = storeOf(() =>
    isEmpty ? Promise.resolve({ messages: [] }) : new Promise((resolve) => (answer = resolve)),
  );
  const clock = createVirtualClock();
  const memory = createMemory({ store, clock, log: silentLog });
  memory.remember(DEVICE, message(2, 'person', 'a secret'));
  isEmpty = true;
  assert.equal(await memory.forget(DEVICE), 7);
  answer({ messages: [message(1, 'person', 'an older secret')] });
  assert.deepEqual([texts(await memory.recall(DEVICE)), calls], [[], ['forget']]);
});

test('the process keeps a bounded number of messages', async () => {
  const memory = createMemory({ clock: createVirtualClock(), log: silentLog });
  for (let turn = 1; turn <= 3 * KEPT_MESSAGES; turn += 1) memory.remember(DEVICE, message(turn, 'person', `${turn}`));
  const kept = texts(await memory.recall(DEVICE));
  assert.deepEqual([kept.length, kept.at(-1)], [KEPT_MESSAGES, `${3 * KEPT_MESSAGES}`]);
  assert.equal(await memory.forget(DEVICE), KEPT_MESSAGES);
  assert.deepEqual(texts(await memory.recall(DEVICE)), []);
});

test('lists: items once, removed by name, gone when empty', async () => {
  const lists = createProcessLists();
  await lists.add(DEVICE, 'shopping', ['milk', 'eggs', 'Milk']);
  assert.deepEqual(await lists.items(DEVICE, 'shopping'), ['milk', 'eggs']);
  assert.deepEqual(await lists.remove(DEVICE, 'shopping', ['MILK', 'bread']), ['milk']);
  assert.deepEqual([await lists.names(DEVICE), await lists.names('bedroom')], [['shopping'], []]);
  await lists.clear(DEVICE, 'shopping');
  assert.deepEqual(await lists.names(DEVICE), []);
});
