/**
 * `npm run bench:listening`: the voice detector and its rules alone, on sentences in noise, without a room.
 *
 *     npm run bench:listening -- [--voices checking] [--sentences 60] [--seed 1]
 *
 * Starts: with and without the gate of the background's level. Ends: sentences with pauses of 300 ms (median) and 900 ms
 * (95th percentile), the device alone; the gateway holds and ends, too (`npm run bench:room`). --voices: `tuning` (the
 * constants were chosen with them), `checking`, or a list.
 */
import { silentLog } from '../../../src/core/log/log.ts';
import { systemClock } from '../../../src/core/time/clock.ts';
import { PATIENCES } from '../../../src/protocol/listening.ts';
import { openBabblers } from '../../../src/tools/eval/voices/babblers.ts';
import { commandOptions, count, text } from '../../support/command-options.ts';
import { testModelsFolder } from '../../support/models.ts';
import { spokenWithPauses } from '../room/pauses.ts';
import { openSpeech } from '../room/speech.ts';
import { measureEnds, measureStarts } from './measure.ts';
import { CONDITIONS, soundscape } from './soundscape.ts';

const {
  voices,
  sentences: sentenceCount,
  seed,
} = commandOptions('npm run bench:listening', 'The voice detector and its rules alone, on sentences in noise.', {
  voices: text('names', 'tuning, checking, or voices with commas', 'checking'),
  sentences: count('sentences', 60),
  seed: count('of the noise', 1, 0),
});
const context = { clock: systemClock, log: silentLog, modelsFolder: testModelsFolder, reportUsage() {} };
const [speech, babblers] = [await openSpeech(voices, sentenceCount), await openBabblers(context)];
const sentences = Array.from({ length: sentenceCount }, () => speech.next());
const pausing = await spokenWithPauses(speech, sentenceCount, seed);
await speech.close();

row(
  'starts',
  'found',
  'false a minute',
  'onset p50, p95',
  'begin at most',
  'without the gate: found',
  'false a minute',
);
for (const condition of CONDITIONS) {
  const scape = soundscape(sentences, condition, { seed, babblers });
  const [gated, plain] = [await measureStarts(scape), await measureStarts(scape, false)];
  row(
    condition,
    percent(gated.foundShare),
    gated.falseStartsAMinute.toFixed(1),
    `${ms(gated.onsetsMs, 0.5)}, ${ms(gated.onsetsMs, 0.95)}`,
    ms(gated.latenessMs, 1),
    percent(plain.foundShare),
    plain.falseStartsAMinute.toFixed(1),
  );
}
row('ends', 'cut off', 'delay p50, p95', '', '', '', '');
for (const patience of PATIENCES) {
  const silenceMs = [4_000, 5_000] as const;
  const { delaysMs, cutShare } = await measureEnds(
    soundscape(pausing, 'clean', { seed, babblers, silenceMs }),
    patience,
  );
  row(patience, percent(cutShare), `${ms(delaysMs, 0.5)}, ${ms(delaysMs, 0.95)}`, '', '', '', '');
}

function row(...cells: string[]): void {
  process.stdout.write(
    `${cells
      .map((cell, i) => cell.padEnd(i === 0 ? 14 : 16))
      .join(' ')
      .trimEnd()}\n`,
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function ms(list: readonly number[], share: number): string {
  const sorted = list.toSorted((a, b) => a - b);
  return `${Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN)} ms`;
}
