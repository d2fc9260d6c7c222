/** The results of trials side by side, as lines of text. */
import { quantileOf, type Sketch } from '../../convex/sketch.ts';
import type { Phase, Trial } from './trial.ts';

/** Nothing was lost, doubled or promised in vain, and each gateway that was asked to end did so in order. */
export function isWhole({ account, brokenPromises, exitCodes, measures }: Trial): boolean {
  return (
    account.problems.length === 0 &&
    brokenPromises === 0 &&
    exitCodes.every((code) => code === 0) &&
    measures.frames.duplicated + measures.frames.wrong === 0
  );
}

type Row = [name: string, cell: (trial: Trial) => number | string];

const PHASES: readonly [Phase, string][] = [
  ['calm', 'before the first fault'],
  ['kills', 'while gateways are killed'],
  ['cloudAway', 'while the cloud is away'],
  ['rollingRestart', 'in the rolling restart'],
];

export function trialTable(trials: readonly [name: string, trial: Trial][]): string[] {
  const rows: Row[] = [
    ['turns spoken', ({ account }) => account.turns],
    ['  of these stored on the device first', ({ measures }) => measures.turns.over.offline ?? 0],
    ['  dropped by devices that stored ten', ({ account }) => account.droppedByDevice],
    ['frames spoken', ({ account }) => account.framesSpoken],
    ['frames lost', ({ account }) => account.framesLost],
    ['frames duplicated', ({ account }) => account.framesDuplicated],
    ['turns not recorded exactly once', ({ account }) => account.notRecordedOnce],
    ['confirmed turns that are missing', ({ brokenPromises }) => brokenPromises],
    ['frames of replies duplicated or wrong', ({ measures: { frames } }) => frames.duplicated + frames.wrong],
    ['gateways killed', ({ kills }) => kills],
    ['gateways restarted (exit codes)', ({ exitCodes }) => `${exitCodes.length} (${exitCodes.join(', ')})`],
    ['connections lost', ({ measures }) => Object.values(measures.connections.lost).reduce((a, b) => a + b, 0)],
    ['reconnected within, p50 / p99 in ms', ({ measures }) => percentiles(measures.delayMs.reconnect)],
    ['reply delay, p50 / p99 in ms', ({ measures }) => percentiles(measures.delayMs.reply)],
    ...PHASES.map(
      ([phase, name]): Row => [`  ${name}`, ({ byPhase }) => percentiles(byPhase.get(phase)?.delayMs.reply ?? {})],
    ),
    ['confirmed within, p50 / p99 in ms', ({ measures }) => percentiles(measures.delayMs.stored)],
  ];
  const line = (name: string, cells: (number | string)[]) =>
    name.padEnd(40) + cells.map((cell) => String(cell).padStart(20)).join('');
  return [
    line(
      '',
      trials.map(([name]) => name),
    ),
    ...rows.map(([name, cell]) =>
      line(
        name,
        trials.map(([, trial]) => cell(trial)),
      ),
    ),
  ];
}

function percentiles(sketch: Sketch): string {
  const at = (share: number) => Math.round(quantileOf(sketch, share) ?? 0);
  return `${at(0.5)} / ${at(0.99)}`;
}
