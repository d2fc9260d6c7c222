/**
 * A wall clock that is set repeatedly, by decades in either direction, changes only dates: the conversations are the same,
 * frame by frame and millisecond by millisecond, as without.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../support/random.ts';
import { runConversations, startVirtualSystem, type VirtualSystem } from './virtual-system.ts';

const SEEDS = [3, 4];
const CONVERSATIONS = 10;
const HOUR_MS = 3_600_000;

async function live(seed: number, setTheClock: (line: VirtualSystem) => void): Promise<string[]> {
  const line = startVirtualSystem(seed);
  try {
    setTheClock(line);
    await runConversations(line, seed, CONVERSATIONS);
  } finally {
    line.stop();
  }
  return line.trace.map((entry) => entry.replaceAll(/"startedAtMs":[\d.]+/g, '"startedAtMs":…'));
}

test('latencies, round trips, retries, time-outs and pacing are independent of the wall clock', async () => {
  for (const seed of SEEDS) {
    const steady = await live(seed, () => {});
    let jumps = 0;
    const jumping = await live(seed, ({ clock }) => {
      const random = seededRandom(seed);
      const jump = () => {
        jumps += 1;
        clock.setWallClock(random.integer(0, 800_000) * HOUR_MS);
        clock.setTimeout(jump, random.integer(1, 700));
      };
      clock.setTimeout(jump, 0);
    });
    assert.ok(jumps > 50, `${jumps} jumps`);
    assert.deepEqual(jumping, steady, `seed ${seed}`);
  }
});

const IN_1970_MS = 40_000;
const TRUE_MS = Date.UTC(2031, 4, 6, 7, 8, 9);

/** Records a turn of a second without a connection, and returns its start on the wall clock. */
async function speakAlone(line: VirtualSystem): Promise<number> {
  const { clock, network } = line;
  network.vanish(30_000);
  network.breakAll();
  await clock.run(2_000);
  const atMs = clock.wallNow();
  line.press();
  await clock.run(1_000);
  line.release();
  await clock.run(5_000);
  return atMs;
}

test('a turn recorded in 1970 without a connection, delivered when the clock is set, gets its true time', async () => {
  const line = startVirtualSystem(6);
  try {
    line.clock.setWallClock(IN_1970_MS);
    const spokenMs = await speakAlone(line);
    assert.ok(spokenMs < 60_000, `${spokenMs}`);
    assert.equal(line.storedCount(), 1);
    const jumpMs = TRUE_MS - line.clock.wallNow();
    line.clock.setWallClock(TRUE_MS);
    await line.clock.runUntil(() => line.storedCount() === 0, 600_000, 'the stored turn is delivered');
    const [recordedMs = 0] = line.startedAtMsById.values();
    assert.ok(Math.abs(recordedMs - (spokenMs + jumpMs)) < 100, new Date(recordedMs).toISOString());
  } finally {
    line.stop();
  }
});
