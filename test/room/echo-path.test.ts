import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '../../src/tools/simulation/random.ts';
import { convolve } from './convolve.ts';
import { throughEchoPath } from './echo-path.ts';

const noise = (length: number, seed: number) => {
  const random = createRandom(seed);
  return Float32Array.from({ length }, () => random() * 2 - 1);
};

test('convolution by blocks is the convolution sum', () => {
  const [signal, response] = [noise(3_000, 1), noise(700, 2)];
  const heard = convolve(signal, response);
  assert.equal(heard.length, signal.length);
  for (const n of [0, 1, 699, 700, 1_349, 2_999]) {
    let sum = 0;
    for (let k = 0; k < response.length && k <= n; k++) sum += (response[k] ?? 0) * (signal[n - k] ?? 0);
    assert.ok(Math.abs((heard[n] ?? 0) - sum) < 1e-3, `at ${n}: ${heard[n]} for ${sum}`);
  }
});

test('an echo path delays, drifts and distorts', () => {
  const tone = Float32Array.from({ length: 32_000 }, (_, i) => 0.5 * Math.sin(i / 10));
  const response = Float32Array.of(1);
  const late = throughEchoPath(tone, { response, delayMs: 10 });
  assert.ok(Math.abs((late[5_160] ?? 0) - (tone[5_000] ?? 0)) < 1e-3);
  const drifted = throughEchoPath(tone, { response, driftPpm: 1_000 });
  assert.ok(Math.abs((drifted[30_030] ?? 0) - (tone[30_000] ?? 0)) < 1e-2);
  const distorted = throughEchoPath(tone, { response, overdrive: 1 });
  assert.ok(Math.max(...distorted) < 0.26);
});
