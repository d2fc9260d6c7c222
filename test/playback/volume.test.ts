import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withVolume } from '../../actors/playback/volume.ts';

/** A tone of 213 Hz at half of full scale, whose period does not divide the length of a frame, frame after frame. */
function tone() {
  let at = 0;
  return () =>
    Int16Array.from({ length: 320 }, () => Math.round(16_000 * Math.sin((2 * Math.PI * 213 * at++) / 16_000)));
}

const FRAME = new Uint8Array(1);

function largestJump(samples: readonly number[]): number {
  return samples.reduce((most, sample, i) => Math.max(most, Math.abs(sample - (samples[i - 1] ?? sample))), 0);
}

test('a change of volume is a ramp over one frame: no jump is larger than those of the signal', () => {
  let percent = 100;
  const next = tone();
  const decoder = withVolume({ decode: next, conceal: next }, () => percent);
  const heard: number[] = [...decoder.decode(FRAME)];
  const own = largestJump(heard);
  for (const volume of [0, 100, 30, 80]) {
    percent = volume;
    for (let frame = 0; frame < 2; frame++) heard.push(...(frame ? decoder.conceal() : decoder.decode(FRAME)));
  }
  // The ramp itself adds at most 1/320 of the amplitude a sample.
  assert.ok(largestJump(heard) <= own + 16_000 / 320 + 1, `${largestJump(heard)} instead of ${own}`);
});

test('after the ramp the volume has the requested value', () => {
  let percent = 100;
  const flat = () => new Int16Array(320).fill(10_000);
  const decoder = withVolume({ decode: flat, conceal: flat, recover: flat }, () => percent);
  assert.equal(decoder.decode(FRAME)[0], 10_000);
  percent = 25;
  assert.equal(decoder.decode(FRAME)[319], 2_500);
  assert.deepEqual(decoder.conceal(), new Int16Array(320).fill(2_500));
  assert.deepEqual(decoder.recover?.(FRAME), new Int16Array(320).fill(2_500));
  percent = 0;
  decoder.decode(FRAME);
  assert.deepEqual(decoder.decode(FRAME), new Int16Array(320));
});

test('at full volume the decoder’s own samples are returned, without a copy', () => {
  const samples = new Int16Array(320).fill(7);
  const decoder = withVolume({ decode: () => samples, conceal: () => samples }, () => 100);
  assert.equal(decoder.decode(FRAME), samples);
});
