/**
 * The end of speech, by patience, with the device's rule alone and with the gateway: how long after the last sample the turn ends, and how
 * many sentences with a pause inside are cut off. `npm run bench:endpointing -- [--count 60] [--half held-out] [--voices slt,kal16] [--seed 1]
 * [--pauses words|anywhere] [--save FILE] [--load FILE]`.
 * Tuning uses other voices and other sentences (`--half tuning`) than the check. Needs the models.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { PATIENCES } from '../../../src/protocol/listening.ts';
import type { Half } from '../../../src/tools/eval/suite.ts';
import { commandOptions, count, oneOf, text } from '../../support/command-options.ts';
import { testModel } from '../../support/models.ts';
import { endingOf } from './ending.ts';
import { openTimedVoice } from './timed-speech.ts';
import { findTimeline, type Timeline } from './timeline.ts';
import { PLACES, pausedUtterances } from './utterances.ts';

const VOICES: Record<Half, string[]> = { tuning: ['rms', 'awb'], 'held-out': ['slt', 'kal16'] };

const options = commandOptions(
  'npm run bench:endpointing',
  'The end of speech, by patience: delay, and sentences that are cut off.',
  {
    count: count('sentences', 60),
    half: oneOf(['tuning', 'held-out'], 'which voices and sentences', 'held-out'),
    voices: text('names', 'other voices, with commas'),
    seed: text('text', 'of the sentences (default: the half)'),
    pauses: oneOf(PLACES, 'where pauses are', 'words'),
    save: text('file', 'stores what was measured'),
    load: text('file', 'reports what was stored, measures nothing'),
  },
);
const { half } = options;
const voiceNames = options.voices?.split(',') ?? VOICES[half];
const timelines = options.load ? load(options.load) : await measure();
if (options.save) writeFileSync(options.save, JSON.stringify(timelines.map(withoutSamples)));
report(timelines);

async function measure(): Promise<Timeline[]> {
  const moonshine = await testModel('moonshine-tiny');
  const { model: silero } = await testModel('silero-vad');
  const voices = await Promise.all(voiceNames.map(openTimedVoice));
  const utterances = await pausedUtterances(voices, half, options.count, options.seed ?? half, options.pauses);
  const found: Timeline[] = [];
  for (const utterance of utterances) found.push(await findTimeline(utterance, { moonshine, silero }));
  return found;
}

function report(all: readonly Timeline[]): void {
  const print = (line: string) => process.stdout.write(`${line}\n`);
  print(`${all.length} sentences with a pause, ${half}: ${voiceNames.join(', ')}`);
  print('patience  rule            p50 ms  p95 ms  cut off');
  for (const patience of PATIENCES) {
    for (const withGateway of [false, true]) {
      const endings = all.map((timeline) => endingOf(timeline, patience, withGateway));
      const whole = endings.flatMap(({ afterMs }) => (afterMs >= 0 ? [afterMs] : [])).toSorted((a, b) => a - b);
      const at = (share: number) => String(Math.round(whole[Math.floor(share * whole.length)] ?? Number.NaN));
      const cut = `${((100 * (endings.length - whole.length)) / endings.length).toFixed(1)} %`;
      const rule = withGateway ? 'with the gateway' : 'device alone';
      print(`${patience.padEnd(9)} ${rule.padEnd(16)} ${at(0.5).padStart(5)}  ${at(0.95).padStart(6)}  ${cut}`);
    }
  }
}

function withoutSamples({ utterance, deviceVoice, found }: Timeline) {
  const plain = found.map((each) => ('voice' in each ? { ...each, voice: [...each.voice] } : each));
  return { utterance: { ...utterance, samples: [] }, deviceVoice, found: plain };
}

function load(path: string): Timeline[] {
  return JSON.parse(readFileSync(path, 'utf8')) as Timeline[];
}
