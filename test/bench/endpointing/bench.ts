/**
 * The end of speech, by patience, with the device's rule alone and with the gateway: how long after the last sample the turn ends, and how
 * many sentences with a pause inside are cut off. `npm run bench:endpointing -- [--count 60] [--half held-out] [--voices slt,kal16] [--seed 1]
 * [--pauses words|anywhere|parts] [--room] [--quick] [--cuts] [--persons] [--save FILE] [--load FILE,…]`.
 * Tuning uses other voices and other sentences (`--half tuning`) than the check. Needs the models.
 *
 * “cut off” is counted, with the one pause that each sentence has. “chance” is the same without the luck of that one length: where the utterance
 * would end if the person did not go on, and how many pauses are longer. It needs a tenth of the sentences for the same interval.
 * “not mended” is what a person loses by it: mending.ts.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { opennessOf } from '../../../actors/assistant/endpointing/openness.ts';
import { createSkillsBrain } from '../../../actors/assistant/skills/brain.ts';
import { PATIENCES } from '../../../src/protocol/listening.ts';
import type { Half } from '../../../src/tools/eval/suite.ts';
import { commandOptions, count, flag, oneOf, text } from '../../support/command-options.ts';
import { testModel } from '../../support/models.ts';
import { PLACES } from '../pausing/pausable.ts';
import { MEDIAN_PAUSE_MS } from '../pausing/pause-lengths.ts';
import { openTimedVoice } from '../pausing/timed-speech.ts';
import { isWhole } from '../pausing/whole-before.ts';
import { countedShare, meanShare, type Share } from '../room/share.ts';
import { type Ending, endingOf } from './ending.ts';
import { inRoom } from './in-room.ts';
import { createMending, type Mending } from './mending.ts';
import { measurePerson } from './persons.ts';
import { type Findings, findTimeline, lastWords, type Timeline } from './timeline.ts';
import { pausedUtterances, utterancesInParts } from './utterances.ts';

const VOICES: Record<Half, string[]> = { tuning: ['rms', 'awb'], 'held-out': ['slt', 'kal16'] };

/** The gateway takes what is said in this time for the rest; a device that removes no echo hears only what is said before the answer. */
const FIRST_SECOND_MS = 1_000;
const UNTIL_HEARD_MS = 100;

const options = commandOptions(
  'npm run bench:endpointing',
  'The end of speech, by patience: delay, and sentences that are cut off.',
  {
    count: count('sentences', 60),
    half: oneOf(['tuning', 'held-out'], 'which voices and sentences', 'held-out'),
    voices: text('names', 'other voices, with commas'),
    seed: text('text', 'of the sentences (default: the half)'),
    pauses: oneOf([...PLACES, 'parts'], 'where pauses are; parts: as in bench:room', 'words'),
    room: flag('in a living room, 1.6 m from the microphone'),
    quick: flag('without what a cut costs'),
    cuts: flag('lists the sentences that are cut off most probably'),
    persons: flag('in conversations of people who pause for longer than others'),
    save: text('file', 'stores what was measured'),
    load: text('files', 'reports what was stored, with commas; measures nothing'),
  },
);
const { half } = options;
const voiceNames = options.voices?.split(',') ?? VOICES[half];
const timelines = options.load ? options.load.split(',').flatMap(load) : await measure();
if (options.save) writeFileSync(options.save, JSON.stringify(timelines.map(withoutSamples)));
await report(timelines);
if (!options.quick) await reportMending(timelines);
if (options.cuts) await reportCuts(timelines);
if (options.persons) reportPersons(timelines);

async function measure(): Promise<Timeline[]> {
  const moonshine = await testModel('moonshine-tiny');
  const { model: silero } = await testModel('silero-vad');
  const { understands = async () => 0 } = createSkillsBrain();
  const voices = await Promise.all(voiceNames.map(openTimedVoice));
  const seed = options.seed ?? half;
  const utterances =
    options.pauses === 'parts'
      ? await utterancesInParts(voices, half, options.count, seed)
      : await pausedUtterances(voices, half, options.count, seed, options.pauses);
  const found: Timeline[] = [];
  for (const [i, utterance] of utterances.entries()) {
    const heard = options.room ? inRoom(utterance, i) : utterance;
    found.push(await findTimeline(heard, { moonshine, silero, understands }, !options.quick));
  }
  return found;
}

async function report(all: readonly Timeline[]): Promise<void> {
  const voices = [...new Set(all.map(({ utterance }) => utterance.voice))].join(', ');
  const wholes = await Promise.all(all.map(({ utterance }) => isWhole(utterance.wordsBefore ?? '')));
  const whole = countedShare(wholes.filter(Boolean).length, all.length);
  print(`${all.length} sentences with a pause, ${whole.percent.toFixed(0)} % of them whole before it: ${voices}`);
  print('patience  rule            p50 ms  p95 ms  cut off                chance');
  for (const patience of PATIENCES) {
    for (const withGateway of [false, true]) {
      const endings = all.map((timeline) => endingOf(timeline, patience, withGateway));
      const whole = endings.flatMap(({ afterMs }) => afterMs ?? []).toSorted((a, b) => a - b);
      const at = (share: number) => String(Math.round(whole[Math.floor(share * whole.length)] ?? Number.NaN));
      const counted = countedShare(endings.length - whole.length, endings.length);
      const chance = meanShare(endings.map(({ cutChance }) => cutChance));
      const rule = withGateway ? 'with the gateway' : 'device alone';
      const delays = `${at(0.5).padStart(5)}  ${at(0.95).padStart(6)}`;
      print(`${patience.padEnd(9)} ${rule.padEnd(16)} ${delays}  ${shown(counted).padEnd(22)} ${shown(chance)}`);
    }
  }
}

/** With normal patience, and the gateway. */
async function reportMending(all: readonly Timeline[]): Promise<void> {
  const mendingOf = createMending();
  const found: { mending: Mending; ending: Ending }[] = [];
  for (const timeline of all) {
    const mending = await mendingOf(timeline);
    if (mending) found.push({ mending, ending: endingOf(timeline, 'normal', true) });
  }
  const share = (is: (mending: Mending) => boolean) =>
    shown(countedShare(found.filter(({ mending }) => is(mending)).length, found.length));
  print(`${found.length} of them are understood when they are typed; answered as when typed:`);
  print(`  heard whole                 ${share(({ isWholeRight }) => isWholeRight)}`);
  print(`  cut in two, both as one     ${share(({ isJoinedRight }) => isJoinedRight)}`);
  print(`  cut in two, rest alone      ${share(({ isRestRight }) => isRestRight)}`);
  print(`  a command was done at once  ${share(({ isDone }) => isDone)}`);
  const lost = (heardMs: number, isLost: (mending: Mending) => boolean) =>
    shown(
      meanShare(
        found.map(({ mending, ending: { cutChance, goesOnWithin } }) =>
          isLost(mending) ? cutChance : mending.isWholeRight ? cutChance - goesOnWithin(heardMs) : 0,
        ),
      ),
    );
  const isWrong = ({ isJoinedRight, isWholeRight }: Mending) => isWholeRight && !isJoinedRight;
  print(`cut off, chance               ${shown(meanShare(found.map(({ ending }) => ending.cutChance)))}`);
  print(`  and answered wrongly because of it: ${lost(FIRST_SECOND_MS, isWrong)}`);
  print(`    without an echo canceller         ${lost(UNTIL_HEARD_MS, isWrong)}`);
  print(
    `    if nothing were joined            ${lost(0, ({ isWholeRight, isRestRight }) => isWholeRight && !isRestRight)}`,
  );
  const cut = found.filter(({ ending }) => ending.afterMs === undefined);
  const wrong = cut.filter(({ mending }) => isWrong(mending)).length;
  print(`cut off, counted              ${shown(countedShare(cut.length, found.length))}`);
  print(`  and answered wrongly because of it: ${shown(countedShare(wrong, found.length))}`);
}

/** With normal patience and the gateway; each sentence has one pause. */
function reportPersons(all: readonly Timeline[]): void {
  print('pauses, median  waits     p50 ms  p95 ms  cut off');
  for (const pausing of [2 / 3, 1, 1.5, 2]) {
    for (const isLearnt of [false, true]) {
      const { cutPercent, p50Ms, p95Ms } = measurePerson(all, pausing, isLearnt);
      const median = `${Math.round(pausing * MEDIAN_PAUSE_MS)} ms`.padEnd(15);
      const delays = `${Math.round(p50Ms)}`.padStart(6) + `${Math.round(p95Ms)}`.padStart(8);
      print(`${median} ${isLearnt ? 'learnt' : 'as usual'}  ${delays}  ${cutPercent.toFixed(1)} %`);
    }
  }
}

function shown({ percent, from, to }: Share): string {
  return `${percent.toFixed(1)} % (${from.toFixed(1)} to ${to.toFixed(1)})`;
}

/** What is cut off with normal patience, by the words before the pause; then the sentences that are cut off most probably. */
async function reportCuts(all: readonly Timeline[]): Promise<void> {
  const byState = new Map<string, number[]>();
  for (const timeline of all) {
    const state = stateBeforePause(timeline);
    byState.set(state, [...(byState.get(state) ?? []), endingOf(timeline, 'normal', true).cutChance]);
  }
  for (const [state, chances] of byState) {
    const percent = (100 * chances.reduce((sum, chance) => sum + chance, 0)) / all.length;
    print(
      `${state.padEnd(10)} before ${String(chances.length).padStart(3)} pauses: ${percent.toFixed(2)} % of all are cut off`,
    );
  }
  const mendingOf = createMending();
  const chances = all.map((timeline) => ({ timeline, chance: endingOf(timeline, 'normal', true).cutChance }));
  for (const { timeline, chance } of chances.toSorted((a, b) => b.chance - a.chance)) {
    const mending = await mendingOf(timeline);
    const state = !mending
      ? 'not asked'
      : mending.isJoinedRight
        ? 'mended'
        : mending.isWholeRight
          ? 'lost'
          : 'misheard';
    const { text, voice } = timeline.utterance;
    const heard = `${stateBeforePause(timeline)}: ${lastWords(timeline.untilPause)}  |  ${timeline.rest}  |  ${timeline.both}`;
    print(`${(100 * chance).toFixed(0).padStart(3)} %  ${state.padEnd(9)}  ${voice}: ${text}  |  ${heard}`);
  }
}

function stateBeforePause({ untilPause }: Timeline): string {
  const last = untilPause.found.flatMap((each) => ('hearings' in each ? [each.hearings] : [])).at(-1);
  return last ? opennessOf(last) : 'no words';
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function withoutSamples({ utterance, whole, untilPause, rest, both }: Timeline) {
  const plain = ({ deviceVoice, found }: Findings) => ({
    deviceVoice,
    found: found.map((each) => ('voice' in each ? { ...each, voice: [...each.voice] } : each)),
  });
  const bare = { ...utterance, samples: [], samplesUntilPause: [], samplesAfterPause: [], samplesOfBoth: [] };
  return { utterance: bare, whole: plain(whole), untilPause: plain(untilPause), rest, both };
}

function load(path: string): Timeline[] {
  return JSON.parse(readFileSync(path, 'utf8')) as Timeline[];
}
