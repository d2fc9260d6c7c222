/**
 * One run: a gateway under limits, honest devices that run turns, hostile clients that attack it at the same time, and
 * a verdict.
 */

import { get } from 'node:http';
import { json } from 'node:stream/consumers';
import { api } from '../../convex/_generated/api.js';
import { withCloud } from '../../src/gateway/operator.ts';
import { decodePacket } from '../../src/protocol/packet.ts';
import { EARSHOT } from '../support/cli.ts';
import { recordedTurns } from '../support/recorded-turns.ts';
import type { NamedAttack } from './attack.ts';
import { type Child, startChild } from './child-process.ts';
import type { HonestResult, HonestTurn } from './honest-device.ts';
import type { HonestTask } from './honest-process.ts';
import type { HostileSettings } from './hostile-context.ts';
import type { HostileResult, HostileTask } from './hostile-process.ts';
import { type LimitedGateway, type Peaks, startLimitedGateway } from './limited-gateway.ts';
import { type PairedDevice, pairDevices } from './pairing.ts';
import { signInPage } from './signed-in.ts';
import { storeFile, storeRecording } from './stored-file.ts';
import { startTenantGateway, type TenantGateway } from './tenant-gateway.ts';
import { BOUNDS, type HonestSummary, judge, type Problem, summaryOf } from './verdict.ts';

export interface RunOptions {
  title: string;
  attacks: readonly NamedAttack[];
  /** Each hostile connection has its own address; otherwise all have the same. */
  apart: boolean;
  honestDevices: number;
  /** Maximum duration, from when all attacks are running and the honest devices begin. */
  seconds: number;
  /** The run ends when every honest device has completed this many turns. Default: no such end. */
  turns?: number;
  /**
   * False: for a machine with unknown load. Durations are not checked, and waits have longer limits.
   */
  judgesTime?: boolean;
  /** Its cloud keeps what it has. Default: it is deleted at the end. */
  isDurable?: boolean;
  /** 1: the full attacks. */
  scale: number;
  seed: number;
  /** Default: `bin/earshot`. */
  command?: string;
  /** Additional options of the gateway. */
  args?: readonly string[];
  /** The attacks come from devices of this tenant, at a gateway of their own, which has these options. */
  tenant?: { name: string; args: readonly string[] };
  /**
   * How much the priority of gateway and honest devices is raised, to reduce the effect of other load on the machine.
   */
  raise?: number;
  /** Ends as soon as a limit is exceeded. */
  endsWhenBroken?: boolean;
}

export interface RunResult {
  title: string;
  seconds: number;
  enforcement: string;
  peaks: Peaks;
  honest: HonestSummary;
  /** By attack: its actions and its breaches. */
  hostile: HostileResult;
  /** Ms from SIGTERM to the end; undefined: it had to be killed, or had ended before. */
  stopMs: number | undefined;
  /** Descriptors of the gateway while the hostile clients still hold their connections. */
  heldDescriptors: number;
  /** The failures, in words; empty when there are none. */
  problems: Problem[];
  log: string;
}

/** The defaults are for a disk of several GB. */
const FOR_THIS_DISK = [
  '--limit',
  'recordingBytes=60000000,deviceRecordingBytes=20000000,queueBytes=40000000,cloudFileBytes=40000000',
];
const HEALTH_INTERVAL_MS = 2_000;
/** Factor for maximum durations where time is not checked. */
const SLACK = 4;
/**
 * Hostile clients represent other machines: they must not take the processor from the gateway, nor from its embedded
 * cloud, which has 10.
 */
const HOSTILE_NICE = 15;

export async function runAttacks(options: RunOptions): Promise<RunResult> {
  const { title, attacks, apart, honestDevices, seconds, endsWhenBroken = false, raise = 0 } = options;
  const { turns = Number.POSITIVE_INFINITY, judgesTime = true } = options;
  const slack = judgesTime ? 1 : SLACK;
  const problems: Problem[] = [];
  const gateway = await startLimitedGateway({
    command: options.command ?? EARSHOT,
    args: [...FOR_THIS_DISK, ...(options.args ?? [])],
    isDurable: options.isDurable ?? false,
    raise,
  });
  const crews: Child<unknown>[] = [];
  let tenantGateway: TenantGateway | undefined;
  try {
    const { tenant } = options;
    if (tenant) tenantGateway = await startTenantGateway(tenant.name, gateway.state, tenant.args);
    const attackedUrl = tenantGateway?.url ?? gateway.url;
    const names = Array.from({ length: honestDevices }, (_, i) => `honest ${i + 1}`);
    const hostileNames = attacks.flatMap(({ name, tokens = 0 }) =>
      Array.from({ length: tokens }, (_, i) => `hostile ${name} ${i + 1}`),
    );
    const paired = await pairDevices(gateway.url, gateway.state, [...names, ...hostileNames]);
    const floor = startChild<undefined, undefined>('./floor-process.ts', undefined, { raise });
    crews.push(floor);
    const known = {
      fileId: await storeFile(gateway.state),
      filePath: await storeRecording(gateway.state, names[0] ?? ''),
      pageTokens: [await signInPage(gateway.url, gateway.state), await signInPage(gateway.url, gateway.state)],
    };
    const tasks = tasksOf(options, { url: attackedUrl, cloud: gateway.cloud }, known, paired.slice(honestDevices));
    // Those with a token in one process, those without in another: they do not delay each other.
    const judging = new Set(attacks.filter(({ judges }) => judges).map(({ name }) => name));
    const groups = [
      { nice: 0, tasks: tasks.filter(({ name }) => judging.has(name)) },
      ...[true, false].map((isPaired) => {
        const mine = tasks.filter(({ settings }) => settings.tokens.length > 0 === isPaired);
        return { nice: HOSTILE_NICE, tasks: mine.filter(({ name }) => !judging.has(name)) };
      }),
    ];
    const hostile = groups.map(({ nice, tasks: mine }) =>
      startChild<HostileTask, HostileResult>('./hostile-process.ts', { attacks: mine, slack }, { nice }),
    );
    crews.push(...hostile);
    const attacked = Promise.all(hostile.map(({ ready }) => ready));
    const task: HonestTask = {
      gateway: gateway.url,
      floor: String(await floor.ready),
      localAddress: '127.0.0.1',
      devices: paired.slice(0, honestDevices),
      turns,
      slack,
    };
    const talking = attacked.then(() => task);
    const honest = startChild<HonestTask, HonestResult[]>('./honest-process.ts', talking, { raise });
    crews.push(honest);
    const health = watchHealth(gateway.url, BOUNDS.healthMs * slack, problems);
    const isOver = () => gateway.broken.length > 0 || (endsWhenBroken && problems.length > 0);
    await honest.ready;
    let haveSpoken = false;
    void honest.done.then(() => {
      haveSpoken = true;
    });

    const startedMs = performance.now();
    while (performance.now() - startedMs < seconds * 1_000 && !haveSpoken && !isOver()) {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const ranSeconds = (performance.now() - startedMs) / 1_000;
    const heldDescriptors = gateway.descriptors();
    // Honest devices complete their turns while the attack continues.
    const honestResults = await honest.stop();
    const hostileResults = Object.assign(
      {},
      ...(await Promise.all(hostile.map((crew) => crew.stop()))),
    ) as HostileResult;
    health.stop();
    await floor.stop();
    const unrecorded = gateway.broken.length > 0 ? [] : await unrecordedOf(gateway, honestResults);
    const stopMs = await gateway.stop(BOUNDS.stopMs * slack);
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
      judgesTime,
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
    await tenantGateway?.close();
    await gateway.stop(0);
  }

  function tasksOf(
    { seed, scale }: RunOptions,
    { url, cloud }: Pick<LimitedGateway, 'url' | 'cloud'>,
    known: Pick<HostileSettings, 'fileId' | 'filePath' | 'pageTokens'>,
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
        ...known,
        seed: seed + i,
        scale,
      },
    }));
  }
}

const REFUSED = 'records that the wire accepted and the cloud refuses: ';
/** From an address without attackers: this checks the gateway itself. */
const WATCHER_ADDRESS = '127.0.8.8';

function watchHealth(gateway: string, patienceMs: number, problems: Problem[]): { stop(): void } {
  const url = new URL('/health', gateway.replace('ws', 'http'));
  const fail = (reason: string) => problems.push({ what: 'health', detail: `/health: ${reason}` });
  /** The cloud must accept what the wire accepts. */
  const look = (health: unknown) => {
    const { deadLetters } = (health as { records: { deadLetters: number } }).records;
    const isKnown = problems.some(({ detail }) => detail.startsWith(REFUSED));
    if (deadLetters > 0 && !isKnown) problems.push({ what: 'breach', detail: `${REFUSED}${deadLetters}` });
  };
  const timer = setInterval(() => {
    const asked = get(url, { localAddress: WATCHER_ADDRESS, timeout: patienceMs, agent: false }, (response) => {
      if (response.statusCode !== 200) fail(`HTTP ${response.statusCode}`);
      json(response).then(look, (error: Error) => fail(error.message));
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${patienceMs} ms`)));
    asked.on('error', (error) => fail(error.message));
  }, HEALTH_INTERVAL_MS);
  return { stop: () => clearInterval(timer) };
}

/** Confirmed turns of honest devices that are complete neither on the gateway's disk nor in the cloud. */
async function unrecordedOf(gateway: LimitedGateway, results: readonly HonestResult[]): Promise<HonestTurn[]> {
  const honestTurns = results.flatMap(({ turns }) => turns);
  const honestIds = new Set(honestTurns.map(({ id }) => id));
  const onDisk = new Map(recordedTurns(gateway.state, (id) => honestIds.has(id)).map((turn) => [turn.id, turn]));
  const missing = honestTurns.filter(({ id, spoken, stored }) => {
    const frames = (onDisk.get(id)?.packets ?? []).flatMap((bytes) => {
      const decoded = decodePacket(bytes);
      return decoded.ok ? decoded.packet.frames : [];
    });
    return stored && frames.length !== spoken;
  });
  if (missing.length === 0) return [];
  return await withCloud(gateway.state, async ({ client }) => {
    const lost: HonestTurn[] = [];
    for (const turn of missing) {
      const found = await client.query(api.recordings.url, { turn: turn.id }).catch(() => null);
      if (found?.durationMs !== turn.spoken * 20) lost.push(turn);
    }
    return lost;
  });
}
