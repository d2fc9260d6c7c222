import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '../../src/tools/simulation/random.ts';
import { convolve } from './convolve.ts';
import { throughEchoPath } from './echo-path.ts';
import { impulseResponse } from './impulse-response.ts';

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

for (const t60S of [0.2, 0.4, 0.6]) {
  test(`a room with a decay of ${t60S} s decays in this time, and the direct sound is first`, () => {
    const response = impulseResponse({ sizeM: [4.5, 3.6, 2.6], t60S, seed: 3 }, [1, 1.2, 0.9], [1.3, 1.6, 0.9]);
    const first = response.findIndex((value) => value > 0);
    assert.ok(Math.abs(first - (0.5 / 343) * 16_000) < 1, `the direct sound is at sample ${first}`);
    assert.ok(Math.abs(decayOf(response) / t60S - 1) < 0.3, `the decay takes ${decayOf(response)} s`);
  });
}

/** T60 from the slope between −5 and −25 dB of Schroeder's integral, in s. */
function decayOf(response: Float32Array): number {
  const left = Float64Array.from(response, (value) => value ** 2);
  for (let i = left.length - 2; i >= 0; i--) left[i] = (left[i] ?? 0) + (left[i + 1] ?? 0);
  const at = (db: number) => left.findIndex((energy) => energy < (left[0] ?? 0) * 10 ** (db / 10));
  return (3 * (at(-25) - at(-5))) / 16_000;
}

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
