/**
 * What the assistant remembers, in the cloud: messages, summaries, lists; and how it is forgotten.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { v7 as uuidv7 } from 'uuid';
import { api } from '../../convex/_generated/api.js';
import type { CloudMessage } from '../../convex/messages.ts';
import {
  asGateway,
  asOperator,
  functions,
  refusedAs,
  scheduledAreDone,
  turnRecord,
} from '../support/convex-functions.ts';

const device = 'kitchen';

function message(at: number, text: string, changes: Partial<CloudMessage> = {}): CloudMessage {
  return { turn: uuidv7(), role: 'person', text, at, ...changes };
}

async function texts(t: ReturnType<typeof functions>, of = device): Promise<string[]> {
  const { messages } = await asGateway(t).query(api.messages.recall, { device: of, limit: 100 });
  return messages.map(({ text }) => text);
}

test('a message that is sent again takes the place of the first: an answer is cut to what was heard', async () => {
  const t = functions();
  const turn = uuidv7();
  const said = message(2, 'Once upon a time there was a fox.', { turn, role: 'assistant' });
  for (const each of [message(1, 'tell me a story', { turn }), said, { ...said, text: 'Once upon' }]) {
    await asGateway(t).mutation(api.messages.record, { device, message: each });
  }
  assert.deepEqual(await texts(t), ['tell me a story', 'Once upon']);
  assert.deepEqual(await texts(t, 'bedroom'), []);
});

test('a summary stands for what was said until then', async () => {
  const t = functions();
  for (const at of [1, 2, 3])
    await asGateway(t).mutation(api.messages.record, { device, message: message(at, `${at}`) });
  await asGateway(t).mutation(api.messages.summarize, { device, text: 'one and two', until: 2 });
  await asGateway(t).mutation(api.messages.summarize, { device, text: 'numbers', until: 2 });
  await scheduledAreDone(t);
  const recalled = await asGateway(t).query(api.messages.recall, { device, limit: 10 });
  assert.deepEqual([recalled.messages.map(({ text }) => text), recalled.summary], [['3'], 'numbers']);
  assert.equal((await t.run((ctx) => ctx.db.query('messages').collect())).length, 1);
  assert.deepEqual(await asOperator(t).query(api.messages.list, { device, limit: 10 }), recalled);
});

test('what is forgotten is deleted everywhere, and not stored when it arrives later', async () => {
  const t = functions();
  // More than a batch.
  for (let at = 1; at <= 130; at += 1) {
    await asGateway(t).mutation(api.messages.record, { device, message: message(at, `${at}`) });
  }
  const tools = [{ name: 'note', input: '{"text":"a secret"}' }];
  const words = { transcript: 'a secret', replyText: 'I keep it', tools };
  const storageId = await t.run((ctx) => ctx.storage.store(new Blob(['speech'])));
  const record = turnRecord({ startedAt: 100, ...words });
  await asGateway(t).mutation(api.turns.record, { device, record, recording: { storageId, durationMs: 20 } });
  await asGateway(t).mutation(api.messages.summarize, { device, text: 'secrets', until: 1 });
  await scheduledAreDone(t);

  const deleted = await asGateway(t).mutation(api.messages.forget, { device, until: 129 });
  await scheduledAreDone(t);
  assert.ok(deleted > 0);
  assert.deepEqual(await texts(t), ['130']);
  const late = turnRecord({ startedAt: 120, ...words });
  const lateFile = await t.run((ctx) => ctx.storage.store(new Blob(['late'])));
  await asGateway(t).mutation(api.messages.record, { device, message: message(50, 'a late secret') });
  await asGateway(t).mutation(api.messages.summarize, { device, text: 'a late summary', until: 60 });
  const taken = await asGateway(t).mutation(api.turns.record, {
    device,
    record: late,
    recording: { storageId: lateFile, durationMs: 20 },
  });
  assert.equal(taken.recorded, true, 'the device need not send it again');
  await scheduledAreDone(t);

  assert.deepEqual(await texts(t), ['130']);
  assert.equal((await asGateway(t).query(api.messages.recall, { device, limit: 10 })).summary, undefined);
  for (const { turn } of [record, late]) {
    const found = await asOperator(t).query(api.turns.get, { turn });
    const left = [found.transcript, found.replyText, found.tools, found.recording];
    assert.deepEqual(left, [undefined, undefined, undefined, null]);
  }
  assert.deepEqual(await t.run((ctx) => ctx.db.system.query('_storage').collect()), []);
  // The next conversation is remembered as always.
  const next = turnRecord({ startedAt: 200, ...words });
  await asGateway(t).mutation(api.turns.record, { device, record: next });
  assert.equal((await asOperator(t).query(api.turns.get, { turn: next.turn })).transcript, 'a secret');
});

test('many turns of one millisecond are forgotten', async () => {
  const t = functions();
  for (let i = 0; i < 150; i += 1) {
    await asGateway(t).mutation(api.turns.record, { device, record: turnRecord({ startedAt: 7, transcript: 'x' }) });
  }
  await asGateway(t).mutation(api.messages.forget, { device, until: 7 });
  await scheduledAreDone(t);
  const turns = await t.run((ctx) => ctx.db.query('turns').collect());
  assert.equal(turns.filter(({ transcript }) => transcript !== undefined).length, 0);
});

test('invalid messages are refused', async () => {
  const t = functions();
  const send = (bad: CloudMessage) => asGateway(t).mutation(api.messages.record, { device, message: bad });
  await refusedAs('turn_invalid', send(message(1, 'x', { turn: 'not an id' })));
  await refusedAs('too_large', send(message(1, 'x'.repeat(20_000))));
  await refusedAs('value_invalid', send(message(-1, 'x')));
  await refusedAs('device_unknown', asGateway(t).mutation(api.messages.forget, { device: 'nobody', until: 1 }));
});

test('lists: items once, removed by name, gone when empty, bounded', async () => {
  const t = functions();
  const gateway = asGateway(t);
  await gateway.mutation(api.lists.add, { device, list: 'Shopping', items: ['milk', 'Eggs', 'MILK '] });
  await gateway.mutation(api.lists.add, { device, list: 'to do', items: ['call mom'] });
  assert.deepEqual(await gateway.query(api.lists.all, { device }), [
    { list: 'shopping', items: ['milk', 'Eggs'] },
    { list: 'to do', items: ['call mom'] },
  ]);
  assert.deepEqual(await gateway.mutation(api.lists.remove, { device, list: 'shopping', items: ['eggs', 'tea'] }), [
    'Eggs',
  ]);
  assert.deepEqual(await gateway.mutation(api.lists.remove, { device, list: 'SHOPPING' }), ['milk']);
  assert.deepEqual(await gateway.query(api.lists.all, { device }), [{ list: 'to do', items: ['call mom'] }]);
  const many = Array.from({ length: 1_001 }, (_, i) => `item ${i}`);
  await refusedAs('too_large', gateway.mutation(api.lists.add, { device, list: 'x', items: many }));
  await refusedAs('value_invalid', gateway.mutation(api.lists.add, { device, list: 'x', items: ['a'.repeat(500)] }));
});
