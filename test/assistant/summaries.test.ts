import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemory } from '../../actors/assistant/memory/conversation-memory.ts';
import { KEPT_AFTER_SUMMARY, SUMMARIZED_FROM, summarizingMemory } from '../../actors/assistant/memory/summaries.ts';
import type { PastConversation } from '../../actors/assistant/parts/brain.ts';
import type { Memory } from '../../actors/assistant/parts/memory.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

const DEVICE = 'kitchen';
const NEVER = new AbortController().signal;

function converse(memory: Memory, from: number, turns: number): void {
  for (let turn = from; turn < from + turns; turn += 1) {
    const said = { turnId: `turn-${turn}`, atMs: turn };
    memory.remember(DEVICE, { ...said, role: 'person', text: `question ${turn}` });
    memory.remember(DEVICE, { ...said, role: 'assistant', text: `answer ${turn}` });
  }
}

test('the older half of a long conversation is replaced by what the brain writes of it, once', async () => {
  const clock = createVirtualClock();
  const asked: PastConversation[] = [];
  let answer = (_: string) => {};
  const summarize = (conversation: PastConversation) => {
    asked.push(conversation);
    return new Promise<string>((resolve) => {
      answer = resolve;
    });
  };
  const memory = summarizingMemory(
    createMemory({ clock, log: silentLog }),
    { summarize },
    { signal: NEVER, clock, log: silentLog },
  );
  converse(memory, 1, SUMMARIZED_FROM / 2 - 1);
  await clock.run(1);
  assert.equal(asked.length, 0);
  converse(memory, 20, 2);
  await clock.run(1);
  assert.deepEqual([asked.length, asked[0]?.messages.length], [1, SUMMARIZED_FROM + 2 - KEPT_AFTER_SUMMARY]);
  assert.equal(asked[0]?.messages[0]?.text, 'question 1');
  answer('They like tea.');
  await clock.run(1);
  const { messages, summary } = await memory.recall(DEVICE);
  assert.deepEqual([messages.length, summary], [KEPT_AFTER_SUMMARY, 'They like tea.']);

  converse(memory, 30, (SUMMARIZED_FROM - KEPT_AFTER_SUMMARY) / 2);
  await clock.run(1);
  assert.equal(asked[1]?.summary, 'They like tea.', 'the next one knows the first');
});

test('a brain that fails loses nothing, and is asked again after the next turn', async () => {
  const clock = createVirtualClock();
  let attempts = 0;
  const summarize = async () => {
    attempts += 1;
    if (attempts === 1) throw new Error('away');
    return 'They like tea.';
  };
  const memory = summarizingMemory(
    createMemory({ clock, log: silentLog }),
    { summarize },
    { signal: NEVER, clock, log: silentLog },
  );
  converse(memory, 1, SUMMARIZED_FROM / 2);
  await clock.run(1);
  assert.equal((await memory.recall(DEVICE)).messages.length, SUMMARIZED_FROM);
  converse(memory, 50, 1);
  await clock.run(1);
  assert.deepEqual([attempts, (await memory.recall(DEVICE)).summary], [2, 'They like tea.']);
});
