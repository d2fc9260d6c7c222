/** Frames of utterances that may go on: kept for the newest ones only. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeptUtterance, KeptUtterances } from '../../../actors/assistant/answer/kept-utterance.ts';

test('the frames of 50 utterances are kept; those of the oldest are let go', () => {
  const kept = new KeptUtterances();
  const utterances = Array.from({ length: 60 }, () => {
    const utterance = new KeptUtterance();
    utterance.add({ frames: [new Uint8Array(1)], gapSamples: 0 });
    kept.keep(utterance);
    return utterance;
  });
  assert.deepEqual(
    utterances.map(({ parts }) => parts !== undefined),
    utterances.map((_, index) => index >= 10),
  );
});
