/**
 * One run: a gateway under limits, honest devices that talk, hostile clients that attack it at the same time, and a verdict.
 */

import { get } from 'node:http';
import { api } from '../../convex/_generated/api.js';
import { withCloud } from '../../src/gateway/operator.ts';
import { decodePacket } from '../../src/protocol/packet.ts';
import { recordedTurns } from '../support/recorded-turns.ts';
import type { NamedAttack } from './attack.ts';
import { type Crew, startCrew } from './crew.ts';
import type { HonestResult, HonestTurn } from './honest-device.ts';
import type { HonestTask } from './honest-process.ts';
import { FORGED } from './hostile/control-characters.ts';
import type { HostileResult, HostileTask } from './hostile-process.ts';
import { type LimitedGateway, type Peaks, startLimitedGateway } from './limited-gateway.ts';
import { type PairedDevice, pairDevices } from './pairing.ts';

export interface RunOptions {
  title: string;
  attacks: readonly NamedAttack[];
  /** Hostile connections come from addresses of their own; else all come from one. */
  apart: boolean;
  honestDevices: number;
  seconds: number;
  /** 1: the full attacks. */
  scale: number;
  seed: number;
  /** Further options of the gateway. */
  args?: readonly string[];
  /** By so much the priority of gateway and honest devices is raised: what else the machine does is not to count. */
  raise?: number;
  /** Ends as soon as a limit is broken. */
  endsWhenBroken?: boolean;
}

export interface RunResult {
  title: string;
  seconds: number;
  enforcement: string;
  peaks: Peaks;
  honest: HonestSummary;
  /** By attack: what it did, and what it reached that it must not. */
  hostile: HostileResult;
  /** Ms from SIGTERM to the end; undefined: it had to be killed, or had ended before. */
  stopMs: number | undefined;
  /** Descriptors of the gateway while the hostile clients still hold what they have. */
  heldDescriptors: number;
  /** What is wrong, in words, each with what it is about; empty when nothing is. */
  problems: Problem[];
  log: string;
}

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
  /** Turns whose recording is not there whole, on the gateway's disk or in the cloud. */
  unrecorded: number;
  delayMs: Percentiles;
  floorMs: Percentiles;
  addedMs: Percentiles;
  /** Longest time to be connected. */
  connectMs: number;
  refusals: number;
  /** Why, each reason once. */
  refusalReasons: string[];
}

interface Percentiles {
  p50: number;
  p99: number;
  max: number;
}

/** What the criterion says, and what it leaves to us. */
export const BOUNDS = {
  delayP99Ms: 200,
  connectMs: 5_000,
  stopMs: 5_000,
  healthMs: 5_000,
  /** In a minute. */
  logBytes: 1e6,
  descriptors: 1_000,
} as const;

/** The defaults are for a disk of several GB. */
const FOR_THIS_DISK = ['--limit', 'recordingBytes=60000000,deviceRecordingBytes=20000000,queueBytes=40000000'];
/** A log is not judged by less. */
const SHORTEST_S = 15;
const HEALTH_INTERVAL_MS = 2_000;
/** Hostile clients are other machines: they do not take the processor from the gateway. */
const HOSTILE_BEHIND = 5;

export async function runAttacks(options: RunOptions): Promise<RunResult> {
  const { title, attacks, apart, honestDevices, seconds, endsWhenBroken = false, raise = 0 } = options;
  const problems: Problem[] = [];
  const gateway = await startLimitedGateway({ args: [...FOR_THIS_DISK, ...(options.args ?? [])], raise });
  const crews: Crew<unknown>[] = [];
  try {
    const names = Array.from({ length: honestDevices }, (_, i) => `honest ${i + 1}`);
    const hostileNames = attacks.flatMap(({ name, tokens = 0 }) =>
      Array.from({ length: tokens }, (_, i) => `hostile ${name} ${i + 1}`),
    );
    const paired = await pairDevices(gateway.url, gateway.state, [...names, ...hostileNames]);
    const floor = startCrew<undefined, undefined>('./floor-process.ts', undefined, raise);
    crews.push(floor);
    const honest = startCrew<HonestTask, HonestResult[]>(
      './honest-process.ts',
      {
        gateway: gateway.url,
        floor: String(await floor.ready),
        localAddress: '127.0.0.1',
        devices: paired.slice(0, honestDevices),
      },
      raise,
    );
    crews.push(honest);
    const tasks = tasksOf(options, gateway, paired.slice(honestDevices));
    // Those that have a token in one process, those that have none in another: neither keeps the other from its work.
    const hostile = [true, false].map((isPaired) => {
      const mine = tasks.filter(({ settings }) => settings.tokens.length > 0 === isPaired);
      return startCrew<HostileTask, HostileResult>('./hostile-process.ts', { attacks: mine }, raise - HOSTILE_BEHIND);
    });
    crews.push(...hostile);
    await Promise.all([honest, ...hostile].map(({ ready }) => ready));

    const startedMs = performance.now();
    const health = watchHealth(gateway.url, problems);
    while (performance.now() - startedMs < seconds * 1_000) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      if (gateway.broken.length > 0 || (endsWhenBroken && problems.length > 0)) break;
    }
    const ranSeconds = (performance.now() - startedMs) / 1_000;
    const heldDescriptors = gateway.descriptors();
    // Honest devices end their turns while the attack still goes on.
    const honestResults = await honest.stop();
    const hostileResults = Object.assign(
      {},
      ...(await Promise.all(hostile.map((crew) => crew.stop()))),
    ) as HostileResult;
    health.stop();
    await floor.stop();
    const unrecorded = gateway.broken.length > 0 ? [] : await unrecordedOf(gateway, honestResults);
    const stopMs = await gateway.stop(BOUNDS.stopMs);
    const summary = summaryOf(honestResults, unrecorded.length);
    judge({
      problems,
      gateway,
      summary,
      honestResults,
      hostileResults,
      unrecorded,
      stopMs,
      heldDescriptors,
      ranSeconds,
    });
    return {
      title,
      seconds: ranSeconds,
      enforcement: gateway.enforcement,
      peaks: gateway.peaks,
      honest: summary,
      hostile: hostileResults,
      stopMs,
      heldDescriptors,
      problems,
      log: gateway.log,
    };
  } finally {
    for (const crew of crews) crew.kill();
    await gateway.stop(0);
  }

  function tasksOf(
    { seed, scale }: RunOptions,
    { url, cloud }: LimitedGateway,
    tokens: PairedDevice[],
  ): HostileTask['attacks'] {
    const left = [...tokens];
    return attacks.map(({ name, tokens: count = 0 }, i) => ({
      name,
      settings: {
        gateway: url,
        cloud,
        localAddress: apart ? `127.0.0.${2 + (i % 250)}` : '127.0.0.1',
        tokens: left.splice(0, count).map(({ token }) => token ?? ''),
        seed: seed + i,
        scale,
      },
    }));
  }
}

/** From an address where nobody attacks from: it is the gateway that must be well. */
const WATCHER_ADDRESS = '127.0.8.8';

function watchHealth(gateway: string, problems: Problem[]): { stop(): void } {
  const url = new URL('/health', gateway.replace('ws', 'http'));
  const fail = (reason: string) => problems.push({ what: 'health', detail: `/health: ${reason}` });
  const timer = setInterval(() => {
    const asked = get(url, { localAddress: WATCHER_ADDRESS, timeout: BOUNDS.healthMs, agent: false }, (response) => {
      response.resume();
      if (response.statusCode !== 200) fail(`HTTP ${response.statusCode}`);
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${ms(BOUNDS.healthMs)}`)));
    asked.on('error', (error) => fail(error.message));
  }, HEALTH_INTERVAL_MS);
  return { stop: () => clearInterval(timer) };
}

/** Turns of honest devices that were confirmed and are whole neither on the gateway's disk nor in the cloud. */
async function unrecordedOf(gateway: LimitedGateway, results: readonly HonestResult[]): Promise<HonestTurn[]> {
  const onDisk = new Map(recordedTurns(gateway.state).map((turn) => [turn.id, turn]));
  const missing = results
    .flatMap(({ turns }) => turns)
    .filter(({ id, spoken, stored }) => {
      const frames = (onDisk.get(id)?.packets ?? []).flatMap((bytes) => {
        const decoded = decodePacket(bytes);
        return decoded.ok ? decoded.packet.frames : [];
      });
      return stored && frames.length !== spoken;
    });
  if (missing.length === 0) return [];
  return await withCloud(gateway.state, async ({ client, gatewayKey }) => {
    const lost: HonestTurn[] = [];
    for (const turn of missing) {
      const found = await client
        .query(api.recordings.url, { credential: { gatewayKey }, turn: turn.id })
        .catch(() => null);
      if (found?.durationMs !== turn.spoken * 20) lost.push(turn);
    }
    return lost;
  });
}

function summaryOf(results: readonly HonestResult[], unrecorded: number): HonestSummary {
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

interface Evidence {
  problems: Problem[];
  gateway: LimitedGateway;
  summary: HonestSummary;
  honestResults: readonly HonestResult[];
  hostileResults: HostileResult;
  unrecorded: readonly HonestTurn[];
  stopMs: number | undefined;
  heldDescriptors: number;
  ranSeconds: number;
}

function judge(evidence: Evidence): void {
  const { problems, gateway, summary, honestResults, hostileResults, unrecorded, stopMs, ranSeconds } = evidence;
  const add = (what: Problem['what'], detail: string) => problems.push({ what, detail });
  for (const broken of gateway.broken) {
    add(broken.startsWith('memory') ? 'memory' : broken.startsWith('disk') ? 'disk' : 'crash', broken);
  }
  const { lost, duplicated, changed } = summary;
  if (lost + duplicated + changed > 0) {
    add('lost frames', `${lost} lost, ${duplicated} twice, ${changed} changed`);
  }
  if (summary.turns === 0) add('lost frames', 'no honest turn came about');
  if (unrecorded.length > 0) add('lost frames', `${unrecorded.length} confirmed turns are kept nowhere`);
  for (const { device, problem } of honestResults.flatMap(({ turns }) => turns)) {
    if (problem !== undefined) add('connection', `${device}: ${problem}`);
  }
  if (summary.delayMs.p99 > BOUNDS.delayP99Ms) {
    add('delay', `p99 ${ms(summary.delayMs.p99)}, of which the floor is ${ms(summary.floorMs.p99)}`);
  }
  if (summary.connectMs > BOUNDS.connectMs) add('connection', `${ms(summary.connectMs)} until a device was connected`);
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
    add('shutdown', `not over ${ms(BOUNDS.stopMs)} after SIGTERM`);
}

/** Lines that begin with what a device has sent, and characters that move a terminal's cursor or turn its text round. */
function forgedLines(log: string): number {
  const isForged = (line: string) => line.startsWith(FORGED) || /[^\P{Cc}\t]|[\u202a-\u202e]/u.test(line);
  return log.split('\n').filter(isForged).length;
}

const ms = (value: number) => `${Math.round(value)} ms`;
