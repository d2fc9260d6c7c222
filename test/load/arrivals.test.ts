/** When people speak, in virtual time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { relativeRate, startArrivals, type TimedPattern } from '../../src/tools/load/arrivals.ts';
import { createRandom } from '../../src/tools/simulation/random.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

const LENGTH_MS = 100_000;
const PER_SECOND = 20;

/** When somebody spoke, in ms. */
async function arrivalsOf(pattern: TimedPattern, seed = 1): Promise<number[]> {
  const clock = createVirtualClock();
  const startMs = clock.now();
  const times: number[] = [];
  const end = startArrivals({
    ...{ pattern, turnsPerSecond: PER_SECOND, lengthMs: LENGTH_MS, random: createRandom(seed), clock },
    onArrival: () => times.push(clock.now() - startMs),
  });
  await clock.run(LENGTH_MS);
  end();
  await clock.run(LENGTH_MS);
  return times;
}

for (const pattern of ['poisson', 'burst', 'morning'] as const) {
  test(`${pattern}: the mean is the one that was asked for, and a seed repeats it`, async () => {
    const times = await arrivalsOf(pattern);
    const expected = (PER_SECOND * LENGTH_MS) / 1_000;
    // Four standard deviations of a Poisson distribution.
    assert.ok(Math.abs(times.length - expected) < 4 * Math.sqrt(expected), `${times.length} arrivals`);
    assert.deepEqual(await arrivalsOf(pattern), times);
    assert.notDeepEqual(await arrivalsOf(pattern, 2), times);
    const rates = Array.from({ length: 10_000 }, (_, i) => relativeRate(pattern, i * 10, LENGTH_MS));
    assert.ok(Math.abs(rates.reduce((a, b) => a + b) / rates.length - 1) < 0.01);
  });
}

test('poisson: the times between two are exponential: their deviation is as large as their mean', async () => {
  const times = await arrivalsOf('poisson');
  const gaps = times.slice(1).map((at, i) => at - (times[i] ?? 0));
  const mean = gaps.reduce((a, b) => a + b) / gaps.length;
  const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
  assert.ok(Math.abs(deviation / mean - 1) < 0.1, `${deviation} / ${mean}`);
});

test('burst: half of the turns are in a tenth of the time', async () => {
  const times = await arrivalsOf('burst');
  const share = times.filter((at) => at % 10_000 < 1_000).length / times.length;
  assert.ok(Math.abs(share - 0.5) < 0.05, `${share}`);
});

test('morning: the middle is busier than begin and end', async () => {
  const times = await arrivalsOf('morning');
  const within = (from: number, to: number) => times.filter((at) => at >= from && at < to).length;
  assert.ok(within(45_000, 55_000) > 4 * within(0, 10_000));
  assert.ok(within(45_000, 55_000) > 4 * within(90_000, 100_000));
});
