import assert from 'node:assert/strict';
import test from 'node:test';
import { createRandom } from '../../src/tools/simulation/random.ts';
import { trend } from './trend.ts';

const SAMPLES = 600;
const SLOPE = 2;
const RUNS = 400;

/** @param alike 0: each sample is independent of the one before; 1: it stays where it is */
function samples(seed: number, alike: number): [number, number][] {
  const random = createRandom(seed);
  let noise = 0;
  return Array.from({ length: SAMPLES }, (_, i) => {
    noise = alike * noise + random() - 0.5;
    return [i / SAMPLES, SLOPE * (i / SAMPLES) + noise];
  });
}

/** Of so many runs, how many have the true slope within two standard errors. */
function shareWithin(alike: number): number {
  const within = Array.from({ length: RUNS }, (_, seed) => trend(samples(seed + 1, alike))).filter(
    ({ slope, error }) => Math.abs(slope - SLOPE) <= 2 * error,
  );
  return within.length / RUNS;
}

test('the true slope is within two standard errors in 95 of 100 runs, with independent samples and with samples that are alike', () => {
  assert.ok(Math.abs(shareWithin(0) - 0.95) < 0.04, `${shareWithin(0)}`);
  // The estimate of the likeness has an error itself.
  assert.ok(Math.abs(shareWithin(0.9) - 0.93) < 0.06, `${shareWithin(0.9)}`);
});

test('a value that grows without noise has an error of 0', () => {
  const { slope, error } = trend(Array.from({ length: 10 }, (_, i) => [i, 3 * i] as const));
  assert.ok(Math.abs(slope - 3) < 1e-9);
  assert.ok(error < 1e-6);
});
