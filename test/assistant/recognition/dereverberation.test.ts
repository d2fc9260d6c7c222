/** Late reverberation is removed; speech, silence and noise stay. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutReverberation } from '../../../actors/assistant/recognition/dereverberation.ts';
import { rootMeanSquare } from '../../../src/core/signal/root-mean-square.ts';
import { createRandom } from '../../../src/tools/simulation/random.ts';
import { convolve } from '../../room/convolve.ts';
import fc from '../../support/fast-check.ts';

const MS = 16;
/** Bursts of noise with pauses, as syllables. */
const BURST_MS = 120;
const PAUSE_MS = 180;
const BURSTS = 12;

function bursts(): Int16Array {
  const random = createRandom(1);
  const samples = new Int16Array(BURSTS * (BURST_MS + PAUSE_MS) * MS);
  for (let i = 0; i < samples.length; i++) {
    const isLoud = i % ((BURST_MS + PAUSE_MS) * MS) < BURST_MS * MS;
    samples[i] = isLoud ? Math.round((random() - 0.5) * 12_000) : 0;
  }
  return samples;
}

/** A direct sound, and an echo between two walls, which comes back every 40 ms. */
function roomResponse(): Float32Array {
  const response = new Float32Array(400 * MS);
  for (let bounce = 0; bounce < 10; bounce++) response[bounce * 40 * MS] = 0.6 ** bounce;
  return response;
}

/** The mean level of the pauses, from 40 ms after the sound on, against that of the sounds. */
function pausesDb(samples: Int16Array): number {
  const period = (BURST_MS + PAUSE_MS) * MS;
  let [sounds, pauses] = [0, 0];
  for (let from = 4 * period; from < samples.length; from += period) {
    sounds += rootMeanSquare(samples.subarray(from, from + BURST_MS * MS)) ** 2;
    pauses += rootMeanSquare(samples.subarray(from + (BURST_MS + 40) * MS, from + period)) ** 2;
  }
  return 10 * Math.log10(pauses / sounds);
}

test('what a room adds to a sound is weaker, and the sound stays', () => {
  const dry = bursts();
  const wet = Int16Array.from(convolve(Float32Array.from(dry), roomResponse()).subarray(0, dry.length));
  const cleaned = withoutReverberation(wet);
  assert.ok(pausesDb(wet) > -25, `the room adds something: ${pausesDb(wet)} dB`);
  assert.ok(pausesDb(cleaned) < pausesDb(wet) - 4, `${pausesDb(wet)} to ${pausesDb(cleaned)} dB`);
  const change = 20 * Math.log10(rootMeanSquare(cleaned) / rootMeanSquare(dry));
  assert.ok(Math.abs(change) < 1, `${change} dB`);
});

test('a sound without reverberation stays as it is, within 1 dB', () => {
  const dry = bursts();
  const change = 20 * Math.log10(rootMeanSquare(withoutReverberation(dry)) / rootMeanSquare(dry));
  assert.ok(Math.abs(change) < 1, `${change} dB`);
});

test('any samples give as many samples, silence stays silence, and the input is not changed', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -32_768, max: 32_767 }), { maxLength: 3_000 }), (values) => {
      const samples = Int16Array.from(values);
      const cleaned = withoutReverberation(samples);
      assert.equal(cleaned.length, samples.length);
      assert.deepEqual([...samples], values);
    }),
    { numRuns: 20 },
  );
  assert.ok(withoutReverberation(new Int16Array(5_000)).every((sample) => sample === 0));
});
