/** What the devices of a load test say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUNDLED_QUESTION } from '../../src/core/files/bundled.ts';
import { bundledUtterances, recordedUtterances } from '../../src/tools/load/utterances.ts';
import { createRandom } from '../../src/tools/simulation/random.ts';

test('a seed says the same stretches again, of 1 to 4 s', async () => {
  const [one, again] = [await bundledUtterances(), await bundledUtterances()];
  const [random, sameRandom] = [createRandom(7), createRandom(7)];
  const utterances = Array.from({ length: 50 }, () => one(random));
  assert.deepEqual(
    Array.from({ length: 50 }, () => again(sameRandom)),
    utterances,
  );
  for (const { length } of utterances) assert.ok(length >= 50 && length <= 200, `${length} frames`);
  assert.equal(new Set(utterances.map((frames) => Buffer.concat(frames).toString('hex'))).size, 50);
});

test('a recording is said whole', async () => {
  const next = await recordedUtterances([BUNDLED_QUESTION]);
  const frames = next(() => 0.5);
  // 1.15 s, and the last frame is filled up.
  assert.equal(frames.length, 58);
  assert.ok(frames.every((frame) => frame.length > 0));
});
