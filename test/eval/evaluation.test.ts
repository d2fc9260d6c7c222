/**
 * A few questions with the real recogniser, skills and voice: to the assistant directly, and through the whole line. And what the
 * figures are made of.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chooseResponder } from '../../src/cli/terminal/gateway-responder.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import type { CaseResult } from '../../src/tools/eval/evaluate.ts';
import { openLine } from '../../src/tools/eval/open-line.ts';
import { belowThresholds, delayTable, table, wrongAnswers } from '../../src/tools/eval/report.ts';
import { runEvaluation } from '../../src/tools/eval/run-evaluation.ts';
import { parseSuite, type Suite } from '../../src/tools/eval/suite.ts';
import { summarize } from '../../src/tools/eval/summary.ts';
import { countWordErrors } from '../../src/tools/eval/words/word-errors.ts';
import { testModel, testModelsFolder } from '../support/models.ts';

await testModel('moonshine-tiny');
await testModel('flite');
process.env.EARSHOT_MODELS = testModelsFolder;

const suite = parseSuite(
  {
    name: 'small',
    seed: 1,
    questions: [
      { id: 'time', kind: 'time', said: ['What time is it?'], answer: { has: ['{time}'] } },
      {
        id: 'repeat',
        kind: 'repeat',
        said: [['What is seven times twelve?', 'Can you repeat that?']],
        answer: { has: ['eighty four'] },
      },
      // Nobody can answer this rightly: so a test that judges nothing fails.
      { id: 'never', kind: 'time', said: ['What is the date today?'], answer: { has: ['thirty second of december'] } },
    ],
  },
  'small',
);

async function evaluated(options: { isFast: boolean; suite: Suite; voices: string[]; recordings?: string }) {
  const openResponder = await chooseResponder({ responder: 'assistant', assistant: 'embedded' });
  const { results } = await runEvaluation({
    ...{ noises: [undefined], half: 'all', atOnce: 1, iterations: 1, ...options },
    context: { clock: systemClock, log: silentLog, modelsFolder: testModelsFolder, reportUsage() {} },
    openLine: () => openLine({ openResponder, isFast: options.isFast, log: silentLog }),
    onProgress() {},
  });
  return results;
}

describe('an evaluation', () => {
  test('gives the speech to the assistant directly: what was understood, and what was answered', async () => {
    const results = await evaluated({ isFast: true, suite, voices: ['rms', 'recorded'] });
    assert.deepEqual(
      results.filter(({ kind }) => kind !== 'recording').map(({ id, right }) => [id, right]),
      [
        ['time/1', true],
        ['repeat/1', true],
        ['never/1', false],
      ],
    );
    const [rms, recorded] = summarize(results);
    assert.ok(rms && recorded);
    assert.ok((rms.werPercent ?? 100) < 20, `${rms.werPercent}`);
    assert.deepEqual(rms.latencyMs, {});
    assert.equal(recorded.questions, 0);
    assert.equal(recorded.wordErrors.words, 48);
    assert.ok((recorded.werPercent ?? 100) <= 7, `${recorded.werPercent}`);
    assert.match(wrongAnswers(results).join('\n'), /never\/1, rms, clean\n {2}said {3}What is the date today\?/);
  });

  test('goes through the whole line, with the delay of each stage', async () => {
    const one = { ...suite, questions: suite.questions.slice(0, 1) };
    const [result] = await evaluated({ isFast: false, suite: one, voices: ['rms'] });
    assert.ok(result?.right, JSON.stringify(result));
    const [summary] = summarize([result]);
    for (const stage of ['recognition', 'firstToken', 'firstSentence', 'firstAudio', 'total'] as const) {
      const delay = summary?.latencyMs[stage];
      assert.ok(delay && delay.turns === 1 && delay.p50 >= 0, `${stage}: ${JSON.stringify(delay)}`);
    }
    assert.match(delayTable(summary ? [summary] : []).join('\n'), /recognition +\d+ \/ \d+/);
  });
});

describe('the figures', () => {
  const turn = (said: string, heard: string, totalMs?: number) => ({
    ...{ said, heard, answer: 'yes', wordErrors: countWordErrors(said, heard) },
    ...(totalMs !== undefined && { latencyMs: { total: totalMs } }),
  });
  const result = (id: string, half: 'tuning' | 'held-out', right: boolean, turns: CaseResult['turns']): CaseResult => ({
    ...{ id, kind: 'time', half, voice: 'anna', noise: 'clean', turns, right, missing: [], forbidden: [] },
  });
  const results = [
    result('a/1', 'tuning', true, [turn('one two', 'one two', 100)]),
    result('a/2', 'held-out', false, [turn('one two', 'one'), turn('three four', 'three for', 300)]),
    result('a/3', 'held-out', true, [turn('five', 'five', 200)]),
  ];

  test('count each question by half, and each text once', () => {
    const [summary] = summarize(results);
    assert.equal(summary?.right, 2);
    assert.deepEqual(summary?.halves['held-out'], { questions: 2, right: 1, rightPercent: 50 });
    assert.deepEqual(summary?.wordErrors, { words: 5, substituted: 1, inserted: 0, deleted: 0 });
    assert.equal(summary?.werPercent, 20);
    assert.deepEqual(summary?.latencyMs.total, { turns: 3, p50: 200, p95: 300 });
    assert.match(table(summary ? [summary] : [])[1] ?? '', /^anna +clean +3 +66\.7 % +100\.0 % +50\.0 % +20\.0 %$/);
  });

  test('are compared with the thresholds', () => {
    const summaries = summarize(results);
    assert.deepEqual(belowThresholds(summaries, {}), []);
    assert.deepEqual(belowThresholds(summaries, { minRight: 60, maxWer: 20, maxDelay: 300 }), []);
    assert.deepEqual(belowThresholds(summaries, { minRight: 70, maxWer: 19, maxDelay: 299 }), [
      'anna, clean: 66.7 % right, less than 70 %',
      'anna, clean: word error rate 20.0 %, more than 19 %',
      'anna, clean: p95 of the delay 300 ms, more than 299 ms',
    ]);
  });
});
