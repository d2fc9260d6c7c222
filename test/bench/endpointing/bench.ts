/**
 * The end of speech, by patience, with the device's rule alone and with the gateway: how long after the last sample the turn ends, and how
 * many sentences with a pause inside are cut off. `npm run bench:endpointing -- [--count 60] [--half held-out] [--voices slt,kal16] [--seed 1]
 * [--pauses words|anywhere] [--save FILE] [--load FILE]`.
 * Tuning uses other voices and other sentences (`--half tuning`) than the check. Needs the models.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { PATIENCES } from '../../../src/protocol/listening.ts';
import type { Half } from '../../../src/tools/eval/suite.ts';
import { testModel } from '../../support/models.ts';
import { endingOf } from './ending.ts';
import { openTimedVoice } from './timed-speech.ts';
import { findTimeline, type Timeline } from './timeline.ts';
import { PLACES, type Place, pausedUtterances } from './utterances.ts';

const VOICES: Record<Half, string[]> = { tuning: ['rms', 'awb'], 'held-out': ['slt', 'kal16'] };

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '60' },
    half: { type: 'string', default: 'held-out' },
    voices: { type: 'string' },
    seed: { type: 'string' },
    pauses: { type: 'string', default: 'words' },
    save: { type: 'string' },
    load: { type: 'string' },
  },
});
const half = values.half as Half;
const voiceNames = values.voices?.split(',') ?? VOICES[half];
const timelines = values.load ? load(values.load) : await measure();
if (values.save) writeFileSync(values.save, JSON.stringify(timelines.map(withoutSamples)));
report(timelines);

async function measure(): Promise<Timeline[]> {
  const moonshine = await testModel('moonshine-tiny');
  const { model: silero } = await testModel('silero-vad');
  const voices = await Promise.all(voiceNames.map(openTimedVoice));
  const utterances = await pausedUtterances(
    voices,
    half,
    Number(values.count),
    values.seed ?? half,
    placeNamed(values.pauses),
  );
  const found: Timeline[] = [];
  for (const utterance of utterances) found.push(await findTimeline(utterance, { moonshine, silero }));
  return found;
}

function placeNamed(name: string): Place {
  const place = PLACES.find((each) => each === name);
  if (!place) throw new Error(`--pauses is ${PLACES.join(' or ')}, not ${name}`);
  return place;
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
