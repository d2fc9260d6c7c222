/**
 * `npm run bench:room`: hands free in simulated rooms, each figure with its goal.
 *
 *     npm run bench:room -- [--rows first-phoneme,night] [--seed 1] [--voices checking] [--quick]
 *                           [--turns 120] [--wake-word hey_jarvis] [--json FILE] [--plot room.svg]
 *
 * --voices: `tuning`, `checking`, which share neither voice nor sentence, or a list of voices. The exit code is 1 when a figure misses its
 * goal. The rows of the wake word need its models (`earshot models fetch wake:hey_jarvis --accept-licence`). `answers` and `refused-noise` run in real time.
 */
import { writeFileSync } from 'node:fs';
import { chooseEchoCanceller } from '../../../actors/echo/providers/choose.ts';
import { openVoiceDetector } from '../../../actors/listening/voice-detector.ts';
import { createProgress } from '../../../src/cli/terminal/progress.ts';
import { WAKE_WORDS } from '../../room/wake-engine.ts';
import { chart, commandOptions, count, flag, oneOf, someOf, text } from '../../support/command-options.ts';
import type { BenchContext } from './context.ts';
import { echo } from './echo.ts';
import { endOfSpeech } from './end-of-speech.ts';
import { firstPhoneme } from './first-phoneme.ts';
import { interruptions } from './interruptions.ts';
import { listeningCost } from './listening-cost.ts';
import { night, wakeNight } from './night.ts';
import { plot } from './plot.ts';
import { describeRows, passes, type Row } from './row.ts';
import { openSpeech } from './speech.ts';
import { speechStarts } from './speech-starts.ts';
import { wakeWords } from './wake-words.ts';
import { answers, refusedNoise } from './with-assistant.ts';

/** Sentences that are spoken once, and then again and again. */
const SENTENCES = 60;

let delaysMs: number[] = [];
const ROWS: Record<string, (context: BenchContext) => Promise<Row[]>> = {
  'first-phoneme': firstPhoneme,
  'speech-starts': speechStarts,
  async 'end-of-speech'(context) {
    const { rows, delaysMs: measured } = await endOfSpeech(context);
    delaysMs = measured;
    return rows;
  },
  echo,
  interruptions,
  'listening-cost': listeningCost,
  night,
  'wake-words': wakeWords,
  'wake-night': wakeNight,
  answers,
  'refused-noise': refusedNoise,
};

const options = commandOptions('npm run bench:room', 'Hands free in simulated rooms, each figure with its goal.', {
  rows: someOf(Object.keys(ROWS), 'what is measured'),
  seed: count('of the rooms', 1, 0),
  turns: count('sentences of the row answers, 10 s each'),
  voices: text('names', 'tuning, checking, which share neither voice nor sentence, or voices with commas', 'checking'),
  wakeWord: oneOf(WAKE_WORDS, 'of the rows of the wake word', 'hey_jarvis'),
  quick: flag('less exact'),
  json: text('file', 'stores the figures'),
  plot: chart('draws the delays of the end of speech'),
});
const { rows: names, wakeWord } = options;

const progress = createProgress();
// In virtual time nothing may have to be loaded.
(await openVoiceDetector()).close();
await chooseEchoCanceller('speex', { microphone: 'room', speaker: 'room' });
const speech = await openSpeech(options.voices, options.quick ? 10 : SENTENCES);
const context: BenchContext = {
  ...{
    seed: options.seed,
    turns: options.turns,
    isQuick: options.quick,
    speech,
  },
  wakeWord,
  onProgress: progress.update,
};
const rows: Row[] = [];
for (const name of names) {
  const startedMs = performance.now();
  const measured = (await ROWS[name]?.(context)) ?? [];
  progress.end();
  rows.push(...measured);
  for (const line of describeRows(measured).slice(1)) process.stdout.write(`${line}\n`);
  process.stdout.write(`${name} took ${Math.round((performance.now() - startedMs) / 1_000)} s\n\n`);
}
await speech.close();
for (const line of describeRows(rows)) process.stdout.write(`${line}\n`);
const report = { seed: context.seed, voices: speech.voices, quick: options.quick, rows, endOfSpeechDelaysMs: delaysMs };
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
if (options.plot !== undefined) await plot(options.plot, context, delaysMs);
if (rows.some((row) => passes(row) === false)) process.exitCode = 1;
