/**
 * The verdict of a run: metrics of the honest devices, and violations of the bounds that apply to every run.
 */
import type { HonestResult, HonestTurn } from './honest-device.ts';
import { FORGED } from './hostile-context.ts';
import type { HostileResult } from './hostile-process.ts';
import type { LimitedGateway } from './limited-gateway.ts';

export interface Problem {
  what:
    | 'crash'
    | 'memory'
    | 'disk'
    | 'log'
    | 'sockets'
    | 'lost frames'
    | 'delay'
    | 'connection'
    | 'wait'
    | 'health'
    | 'breach'
    | 'shutdown';
  detail: string;
}

export interface HonestSummary {
  turns: number;
  frames: number;
  lost: number;
  duplicated: number;
  changed: number;
  /** Turns whose recording is not complete, on the gateway's disk or in the cloud. */
  unrecorded: number;
  delayMs: Percentiles;
  floorMs: Percentiles;
  addedMs: Percentiles;
  /** Longest time until a device was connected. */
  connectMs: number;
  refusals: number;
  /** The reasons, each once. */
  refusalReasons: string[];
}

interface Percentiles {
  p50: number;
  p99: number;
  max: number;
}

/** Bounds of the criterion, and our own. */
export const BOUNDS = {
  delayP99Ms: 200,
  connectMs: 5_000,
  stopMs: 5_000,
  healthMs: 5_000,
  /** Per minute. */
  logBytes: 1e6,
  /** The limit `handshakes`, plus the descriptors of devices and files. */
  descriptors: 1_200,
} as const;

/** Shorter logs are not judged. */
const SHORTEST_S = 15;

export function summaryOf(results: readonly HonestResult[], unrecorded: number): HonestSummary {
  const turns = results.flatMap((result) => result.turns);
  const sum = (figure: (turn: HonestTurn) => number) => turns.reduce((total, turn) => total + figure(turn), 0);
  return {
    turns: turns.length,
    frames: sum(({ spoken }) => spoken),
    lost: sum(({ lost }) => lost),
    duplicated: sum(({ duplicated }) => duplicated),
    changed: sum(({ changed }) => changed),
    unrecorded,
    delayMs: percentiles(results.flatMap(({ delayMs }) => delayMs)),
    floorMs: percentiles(results.flatMap(({ floorMs }) => floorMs)),
    addedMs: percentiles(results.flatMap(({ addedMs }) => addedMs)),
    connectMs: Math.max(0, ...results.map(({ connectMs }) => connectMs)),
    refusals: results.reduce((total, { refusals }) => total + refusals.length, 0),
    refusalReasons: [...new Set(results.flatMap(({ refusals }) => refusals))],
  };
}

function percentiles(values: readonly number[]): Percentiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

export interface Evidence {
  problems: Problem[];
  gateway: LimitedGateway;
  summary: HonestSummary;
  honestResults: readonly HonestResult[];
  hostileResults: HostileResult;
  unrecorded: readonly HonestTurn[];
  stopMs: number | undefined;
  heldDescriptors: number;
  ranSeconds: number;
  /** False: durations tell nothing about the gateway. */
  judgesTime: boolean;
}

export function judge(evidence: Evidence): void {
  const { problems, gateway, summary, honestResults, hostileResults, unrecorded, stopMs, ranSeconds, judgesTime } =
    evidence;
  const add = (what: Problem['what'], detail: string) => problems.push({ what, detail });
  for (const broken of gateway.broken) {
    add(broken.startsWith('memory') ? 'memory' : broken.startsWith('disk') ? 'disk' : 'crash', broken);
  }
  const { lost, duplicated, changed } = summary;
  if (lost + duplicated + changed > 0) {
    add('lost frames', `${lost} lost, ${duplicated} twice, ${changed} changed`);
  }
  if (summary.turns === 0) add('lost frames', 'no honest turn was completed');
  if (unrecorded.length > 0) add('lost frames', `${unrecorded.length} confirmed turns are stored nowhere`);
  for (const { device, problem } of honestResults.flatMap(({ turns }) => turns)) {
    if (problem !== undefined) add('connection', `${device}: ${problem}`);
  }
  if (judgesTime && summary.delayMs.p99 > BOUNDS.delayP99Ms) {
    add('delay', `p99 ${ms(summary.delayMs.p99)}, of which the floor is ${ms(summary.floorMs.p99)}`);
  }
  if (judgesTime && summary.connectMs > BOUNDS.connectMs)
    add('wait', `${ms(summary.connectMs)} until a device was connected`);
  if (evidence.heldDescriptors > BOUNDS.descriptors) add('sockets', `${evidence.heldDescriptors} held`);
  const { logBytes } = gateway.peaks;
  if (logBytes > (BOUNDS.logBytes * Math.max(SHORTEST_S, ranSeconds)) / 60) {
    add('log', `${Math.round(logBytes / 1e3)} KB in ${Math.round(ranSeconds)} s`);
  }
  if (forgedLines(gateway.log) > 0) add('breach', 'a hostile device has written a line of the log');
  for (const [name, { breaches }] of Object.entries(hostileResults)) {
    for (const breach of breaches) add('breach', `${name}: ${breach}`);
  }
  if (gateway.broken.length === 0 && stopMs === undefined)
    add('shutdown', `not ended ${ms(BOUNDS.stopMs)} after SIGTERM`);
}

/** Lines that begin with text of a device, and characters that move a terminal's cursor or reverse its text. */
function forgedLines(log: string): number {
  const isForged = (line: string) => line.startsWith(FORGED) || /[^\P{Cc}\t]|[\u202a-\u202e]/u.test(line);
  return log.split('\n').filter(isForged).length;
}

const ms = (value: number) => `${Math.round(value)} ms`;
