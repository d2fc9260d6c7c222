import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findChirp, makeChirp } from '../../src/tools/doctor/chirp.ts';
import { seededRandom } from '../support/random.ts';
import { readSamples, SHORT_SPEECH } from '../support/speech.ts';

const chirp = makeChirp();

test('a chirp is found at its position, quiet, inverted and in noise', () => {
  for (const gain of [1, 0.05, -0.3]) {
    const random = seededRandom(7);
    const room = Int16Array.from({ length: 16_000 }, () => 100 * (random.next() - 0.5));
    for (const [i, sample] of chirp.entries()) room[i + 4_321] = (room[i + 4_321] ?? 0) + sample * gain;
    const { offset, correlation } = findChirp(room, chirp);
    assert.equal(offset, 4_321);
    assert.ok(correlation > 0.8, `correlation ${correlation}`);
  }
});

test('no chirp is found where there is none', () => {
  assert.ok(findChirp(readSamples(SHORT_SPEECH).subarray(0, 16_000), chirp).correlation < 0.2);
  assert.deepEqual(findChirp(new Int16Array(16_000), chirp), { offset: 0, correlation: 0 });
  assert.deepEqual(findChirp(new Int16Array(10), chirp), { offset: 0, correlation: 0 });
});
