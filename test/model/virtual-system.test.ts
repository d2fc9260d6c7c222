/**
 * Conversations in virtual time: every frame is accounted for, and the same seed gives the same result.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runConversations, startVirtualSystem, type VirtualSystem } from './virtual-system.ts';

/** `npm run test:model` runs more. */
const SEEDS = Number(process.env.EARSHOT_VIRTUAL_SEEDS ?? 3);
const CONVERSATIONS = 25;

async function life(seed: number, conversations: number): Promise<VirtualSystem> {
  const line = startVirtualSystem(seed);
  try {
    await runConversations(line, seed, conversations);
  } finally {
    line.stop();
  }
  // Connections get time to close; then no timer may be pending.
  await line.clock.run(200_000);
  assert.equal(line.clock.timers(), 0, `timers left behind by seed ${seed}`);
  return line;
}

/** Every frame of the encoder was recorded, once and in order, except for discarded turns. */
function accountFor({ encodedFrames, recorded, records }: VirtualSystem): { turns: number; frames: number } {
  let frames = 0;
  for (const { turn, id, outcome } of records) {
    if (outcome === 'cancelled' || outcome === 'no-audio') continue;
    const said = encodedFrames.get(turn) ?? [];
    assert.deepEqual(recorded.get(id) ?? [], said, `${id}, which ended as ${outcome}`);
    frames += said.length;
  }
  return { turns: records.length, frames };
}

test(`${SEEDS} seeds of ${CONVERSATIONS} conversations: every frame is recorded once and in order`, async (t) => {
  const startedMs = performance.now();
  let turns = 0;
  let frames = 0;
  const outcomes: Record<string, number> = {};
  for (let seed = 1; seed <= SEEDS; seed++) {
    const line = await life(seed, CONVERSATIONS);
    const accounted = accountFor(line);
    turns += accounted.turns;
    frames += accounted.frames;
    for (const { outcome, offline } of line.records) {
      const how = `${outcome}${offline ? ' offline' : ''}`;
      outcomes[how] = (outcomes[how] ?? 0) + 1;
    }
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  t.diagnostic(`${turns} turns, ${frames} frames in ${seconds.toFixed(1)} s: ${JSON.stringify(outcomes)}`);
  assert.ok((outcomes.done ?? 0) > turns / 3);
});

test('the same seed gives the same trace, byte for byte, and another seed another', async () => {
  const [first, again, other] = [await life(5, 6), await life(5, 6), await life(6, 6)];
  assert.equal(first.trace.join('\n'), again.trace.join('\n'));
  assert.ok(first.trace.length > 50);
  assert.notEqual(first.trace.join('\n'), other.trace.join('\n'));
});
