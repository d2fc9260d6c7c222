/**
 * A wall clock that is set again and again, by decades in either direction, changes nothing but dates: the same conversations,
 * frame by frame and millisecond by millisecond, as without.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../support/random.ts';
import { liveThrough, startVirtualLine, type VirtualLine } from './virtual-line.ts';

const SEEDS = [3, 4, 5];
const CONVERSATIONS = 10;
const HOUR_MS = 3_600_000;

async function live(seed: number, setTheClock: (line: VirtualLine) => void): Promise<string[]> {
  const line = startVirtualLine(seed);
  try {
    setTheClock(line);
    await liveThrough(line, seed, CONVERSATIONS);
  } finally {
    line.stop();
  }
  return line.trace.map((entry) => entry.replaceAll(/"startedAtMs":[\d.]+/g, '"startedAtMs":…'));
}

test('latencies, round trips, retries, time-outs and pacing are the same, whatever the wall clock does', async () => {
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
