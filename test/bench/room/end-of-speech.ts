/** The end of an utterance is found soon, and a pause inside it is not taken for it: sentences with stated pauses. */
import type { Patience } from '../../../src/protocol/listening.ts';
import { percentiles } from '../../../src/tools/latency/statistics.ts';
import type { RoomLine } from '../../room/line.ts';
import { LIVING_ROOM } from '../../room/plans.ts';
import { startVirtualLine } from '../../room/virtual-line.ts';
import { type BenchContext, SPEECH_DB, silent, VOICE } from './context.ts';
import { type SpokenWithPauses, spokenWithPauses, wholeRow } from './pauses.ts';
import type { Row } from './row.ts';
import { endedAtMs, firstTurnOf, sayAt } from './scene.ts';
import { countedShare } from './share.ts';

const SENTENCES = 120;
/** Between two sentences: the first turn is over. */
const APART_MS = 4_000;

export interface EndsMeasured {
  delaysMs: number[];
  /** What was said before the pause that was taken for the end, how long the pause was, when the end was found, and when the person went on. */
  cuts: { before: string; pauseMs: number; endedAtMs: number; goesOnAtMs: number }[];
  sentences: number;
  lost: number;
  /** Of those that were not cut off: their last sound, and when the next sentence begins at the earliest. */
  ends: { toMs: number; nextFromMs: number }[];
}

export async function endOfSpeech(context: BenchContext): Promise<{ rows: Row[]; delaysMs: number[] }> {
  const { speech, seed, isQuick, onProgress } = context;
  const list = await spokenWithPauses(speech, isQuick ? 12 : SENTENCES, seed);
  const rows: Row[] = [wholeRow(list)];
  let normal: number[] = [];
  for (const patience of ['quick', 'normal', 'patient'] as const) {
    const settings = { ...VOICE, patience };
    const line = await startVirtualLine({ settings, responder: silent, seed, noise: { colour: 'pink', levelDb: -65 } });
    const measured = await measureEnds(line, list, (share) => onProgress(`end of speech, ${patience}`, share));
    line.stop();
    rows.push(...rowsOf(measured, patience, 'device alone'));
    if (patience === 'normal') normal = measured.delaysMs;
  }
  return { rows, delaysMs: normal };
}

/** Each sentence when the turn before is over. */
export async function measureEnds(
  line: RoomLine,
  list: readonly SpokenWithPauses[],
  onShare: (share: number) => void,
): Promise<EndsMeasured> {
  const delaysMs: number[] = [];
  const ends: EndsMeasured['ends'] = [];
  const cuts: EndsMeasured['cuts'] = [];
  let lost = 0;
  for (const [i, spoken] of list.entries()) {
    await line.clock.runUntil(() => line.state() === 'idle', 120_000, 'the turn before is over');
    const utterance = sayAt(line, spoken, line.clock.now() + 1_000, { plan: LIVING_ROOM, levelDb: SPEECH_DB });
    await line.clock.run(utterance.toMs + APART_MS - line.clock.now());
    await line.clock.runUntil(() => line.state() === 'idle', 120_000, 'the turn is over');
    const record = firstTurnOf(utterance, line.records);
    const ended = record && endedAtMs(line, record);
    if (ended === undefined) lost += 1;
    else if (ended < utterance.toMs) cuts.push(cutAt(spoken, utterance.fromMs - spoken.fromMs, ended));
    else {
      delaysMs.push(ended - utterance.toMs);
      ends.push({ toMs: utterance.toMs, nextFromMs: line.clock.now() });
    }
    onShare((i + 1) / list.length);
  }
  return { delaysMs, cuts, lost, ends, sentences: list.length };
}

/** @param beganAtMs the beginning of the samples */
function cutAt(
  { voice, text, pauses }: SpokenWithPauses,
  beganAtMs: number,
  endedAtMs: number,
): EndsMeasured['cuts'][number] {
  const pause = pauses.findLast(({ fromMs }) => beganAtMs + fromMs <= endedAtMs);
  const before = `${voice}: ${pause?.wordsBefore}${pause?.isWhole ? ', a whole sentence' : ''}; of “${text}”`;
  const { fromMs = Number.NaN, ms: pauseMs = Number.NaN } = pause ?? {};
  return { before, pauseMs, endedAtMs, goesOnAtMs: beganAtMs + fromMs + pauseMs };
}

/** Each is told. */
function cutRow({ before, pauseMs, endedAtMs, goesOnAtMs }: EndsMeasured['cuts'][number]): Row {
  const earlyMs = Math.round(goesOnAtMs - endedAtMs);
  const detail = `${before}; ended ${Math.abs(earlyMs)} ms ${earlyMs < 0 ? 'after' : 'before'} the person went on`;
  return { name: 'cut off in a pause', measured: pauseMs, unit: 'ms', detail };
}

export function rowsOf(
  { delaysMs, cuts, lost, sentences }: EndsMeasured,
  patience: Patience,
  where: 'device alone' | 'with the gateway',
): Row[] {
  const { p50, p95 } = percentiles(delaysMs) ?? { p50: Number.NaN, p95: Number.NaN };
  // The device knows no words: with normal patience the goals are those of both together.
  const isJudged = patience === 'normal' && where === 'with the gateway';
  const { percent, from, to } = countedShare(cuts.length, sentences);
  const mostCut = patience === 'patient' ? 1 : isJudged ? 5 : undefined;
  return [
    {
      name: `end of speech → turn ended, p50, ${patience}`,
      measured: p50,
      unit: 'ms',
      ...(isJudged && { goal: { atMost: 600 } }),
      detail: `${sentences} sentences with pauses, ${where}`,
    },
    {
      name: `end of speech → turn ended, p95, ${patience}`,
      measured: p95,
      unit: 'ms',
      ...(isJudged && { goal: { atMost: 1_100 } }),
      detail: lost > 0 ? `${lost} without a turn` : '',
    },
    {
      name: `cut off in a sentence, ${patience}`,
      measured: percent,
      unit: '%',
      ...(mostCut !== undefined && { goal: { atMost: mostCut } }),
      detail: `${cuts.length} of ${sentences} (95 of 100 times ${from.toFixed(1)} to ${to.toFixed(1)} %), ${where}`,
    },
    ...(isJudged ? cuts.map(cutRow) : []),
  ];
}
