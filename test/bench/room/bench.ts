/**
 * `npm run bench:room`: hands free in simulated rooms, each figure with its goal.
 *
 *     npm run bench:room -- [--rows first-phoneme,night] [--seed 1] [--voices checking] [--quick]
 *                           [--wake-word hey_jarvis] [--json FILE] [--plot room.svg]
 *
 * --voices: `tuning`, `checking`, which share neither voice nor sentence, or a list of voices. The exit code is 1 when a figure misses its
 * goal. The rows of the wake word need its models (`earshot models fetch wake:hey_jarvis --accept-licence`). `answers` and `refused-noise` run in real time.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { chooseEchoCanceller } from '../../../actors/echo/providers/choose.ts';
import { openVoiceDetector } from '../../../actors/listening/voice-detector.ts';
import { createProgress } from '../../../src/cli/terminal/progress.ts';
import { checkChartName } from '../../../src/tools/simulation/chart.ts';
import { WAKE_WORDS } from '../../room/wake-engine.ts';
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

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: Object.keys(ROWS).join(',') },
    seed: { type: 'string', default: '1' },
    voices: { type: 'string', default: 'checking' },
    'wake-word': { type: 'string', default: 'hey_jarvis' },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    plot: { type: 'string' },
  },
});
const names = values.rows.split(',');
const unknown = names.find((name) => !(name in ROWS));
if (unknown !== undefined) throw new Error(`--rows is a list of ${Object.keys(ROWS).join(', ')}, not ${unknown}`);
if (values.plot !== undefined) checkChartName(values.plot);

const wakeWord = WAKE_WORDS.find((word) => word === values['wake-word']);
if (!wakeWord) throw new Error(`--wake-word is one of ${WAKE_WORDS.join(', ')}`);

const progress = createProgress();
// In virtual time nothing may have to be loaded.
(await openVoiceDetector()).close();
await chooseEchoCanceller('speex', { microphone: 'room', speaker: 'room' });
const speech = await openSpeech(values.voices, values.quick ? 10 : SENTENCES);
const context: BenchContext = {
  ...{ seed: Number(values.seed), isQuick: values.quick, isTuning: values.voices === 'tuning', speech },
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
const report = { seed: context.seed, voices: speech.voices, quick: values.quick, rows, endOfSpeechDelaysMs: delaysMs };
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
if (values.plot !== undefined) await plot(values.plot, context, delaysMs);
if (rows.some((row) => passes(row) === false)) process.exitCode = 1;
