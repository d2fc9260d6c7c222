/**
 * How much of what was heard is understood: a sample of the sentences. `npm run score:skills` counts all.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createJudge, type Outcome, readPhrasings, readTranscripts, type Voice } from './score.ts';

const judge = createJudge();
const transcripts = readTranscripts();
/** Every eighth sentence. */
const sample = readPhrasings().filter((_, at) => at % 8 === 0);

/** Percent that must be right, at least; and of wrong actions, at most. */
const LIMITS: readonly [voice: Voice, right: number, wrongActions: number][] = [
  ['typed', 98, 1],
  ['slt-hts', 88, 6],
  ['rms', 86, 6],
  ['awb', 74, 9],
];

for (const [voice, right, wrongActions] of LIMITS) {
  test(`${voice}: at least ${right} % are understood`, async () => {
    const outcomes: Outcome[] = [];
    for (const phrasing of sample) {
      const heard = (voice === 'typed' ? undefined : transcripts[phrasing.said]?.[voice]) ?? phrasing.said;
      outcomes.push((await judge(phrasing, heard)).outcome);
    }
    const percent = (outcome: Outcome): number =>
      (100 * outcomes.filter((each) => each === outcome).length) / outcomes.length;
    assert.ok(percent('right') >= right, `${percent('right').toFixed(1)} %`);
    assert.ok(percent('wrong action') <= wrongActions, `${percent('wrong action').toFixed(1)} % wrong actions`);
  });
}
