/**
 * A fleet in virtual time, in one process: devices, a balancer, gateways in zones, and the cloud. The same seed gives the same trace.
 */
import { createHash } from 'node:crypto';
import { hashTokenSync } from '../../actors/cloud/access.ts';
import type { ConfirmWhen } from '../../actors/cloud/cloud-recorder.ts';
import type { Dial } from '../../actors/network/socket.ts';
import { type Random, seededRandom } from '../support/random.ts';
import { createVirtualClock, type VirtualClock } from '../support/virtual-clock.ts';
import { openVirtualConnection, type VirtualConnection } from '../support/virtual-connection.ts';
import { type Balancer, type Slot, startBalancer } from './balancer.ts';
import { type Fault, planFaults } from './faults.ts';
import { seededIds } from './seeded-ids.ts';
import { simulatedAssistant } from './simulated-assistant.ts';
import { openSimulatedCloud, type SimulatedCloud } from './simulated-cloud.ts';
import { createSimulatedDevice, deviceName, type SimulatedDevice } from './simulated-device.ts';
import { emptyDisk, type GatewayDisk, startSimulatedGateway, usualDisks } from './simulated-gateway.ts';

export interface FleetOptions {
  seed: number;
  devices: number;
  gateways: number;
  zones: number;
  /** How long people talk. */
  talkMs: number;
  /** Between two utterances of a person, on average. */
  pauseMs: number;
  cloudCallsPerSecond: number;
  /** `disk`: the disk of a gateway that was killed comes back; `cloud`: it does not. */
  confirm: ConfirmWhen;
  /** Default: planned by the seed. */
  faults?: readonly Fault[];
}

/** Devices are switched on within this time. */
export const START_WITHIN_MS = 20_000;
const FIRST_FAULT_MS = 40_000;
const CLOUD_LATENCY_MS = 10;
/** From the last utterance until everything must be where it belongs. */
const SETTLE_LIMIT_MS = 400_000;
const OBSERVE_EVERY_MS = 1_000;
/** One in so many devices has a slow link. */
const SLOW_EVERY = 20;
const SLOW_MS = 350;

export interface DialRecord {
  device: number;
  atMs: number;
}

export interface RetryRecord extends DialRecord {
  retryInMs: number;
  /** Why there is no connection. */
  code: string;
}

export interface Fleet {
  readonly options: FleetOptions;
  readonly clock: VirtualClock;
  readonly startedMs: number;
  readonly cloud: SimulatedCloud;
  readonly devices: readonly SimulatedDevice[];
  readonly slots: readonly Slot[];
  readonly faults: readonly Fault[];
  readonly dials: readonly DialRecord[];
  /** What each device was told about its next attempt. */
  readonly retries: readonly RetryRecord[];
  /** Each time that a device was connected. */
  readonly ups: readonly DialRecord[];
  /** When each turn was begun to be answered. */
  readonly answers: ReadonlyMap<string, number[]>;
  /** Each queue that was ever fuller than its limit, or dropped something that counts. */
  readonly overfull: ReadonlyMap<string, string>;
  /** By name: the most that was ever in it, and its limit. */
  readonly fullest: ReadonlyMap<string, { depth: number; limit: number }>;
  /** Devices with a connection, each second. */
  readonly connected: readonly number[];
  /** Milliseconds from the end of the last utterance until everything was settled; undefined: it was not. */
  readonly settledAfterMs: number | undefined;
  readonly trace: string;
  close(): void;
}

/** What fails in a run: what its options say, or what its seed plans. */
export function faultsOf({ seed, talkMs, gateways, zones, faults }: FleetOptions): readonly Fault[] {
  const random = seededRandom(seed + 2);
  return faults ?? planFaults({ random, fromMs: FIRST_FAULT_MS, toMs: talkMs, slots: gateways, zones });
}

export async function runFleet(options: FleetOptions): Promise<Fleet> {
  const clock = createVirtualClock();
  const startedMs = clock.now();
  const random = seededRandom(options.seed);
  const newId = seededIds(clock, seededRandom(options.seed + 1));
  const hash = createHash('sha256');
  let notes = 0;
  const note = (text: string) => {
    notes += 1;
    hash.update(`${(clock.now() - startedMs).toFixed(3)} ${text}\n`);
  };
  const cloud = await openSimulatedCloud({ clock, callsPerSecond: options.cloudCallsPerSecond });
  const tokens = Array.from({ length: options.devices }, (_, index) => `token-of-${deviceName(index)}`);
  await cloud.pair(tokens.map((token, index) => ({ name: deviceName(index), tokenHash: hashTokenSync(token) })));

  const answers = new Map<string, number[]>();
  const slots: Slot[] = Array.from({ length: options.gateways }, (_, i) => ({
    zone: i % options.zones,
    process: undefined,
    isReachable: true,
  }));
  const disks: GatewayDisk[] = slots.map(emptyDisk);
  const { confirm } = options;
  const lives = slots.map(() => 0);
  const diskSpeed = usualDisks();

  function startGateway(index: number): void {
    const slot = slots[index];
    if (confirm === 'cloud') disks[index] = emptyDisk();
    const disk = disks[index];
    if (!slot || !disk) return;
    lives[index] = (lives[index] ?? 0) + 1;
    const name = `gateway-${index}.${lives[index]}`;
    slot.process = startSimulatedGateway({
      ...{
        name,
        cloud,
        clock,
        random: random.next,
        newId,
        disk,
        diskSpeed,
        confirm,
        note,
        cloudLatencyMs: CLOUD_LATENCY_MS,
      },
      respond: (recorder) =>
        simulatedAssistant({
          ...{ clock, recorder },
          onAnswer(id) {
            note(`${name} answers ${id}`);
            answers.set(id, [...(answers.get(id) ?? []), clock.now() - startedMs]);
          },
        }),
    });
  }
  for (const index of slots.keys()) startGateway(index);

  const balancer: Balancer = startBalancer(slots, clock);
  const dials: DialRecord[] = [];
  const retries: RetryRecord[] = [];
  const links = Array.from({ length: options.devices }, () => new Set<VirtualConnection>());
  const up = new Set<number>();
  const ups: DialRecord[] = [];

  function dialOf(index: number, own: Random): Dial {
    const baseMs = index % SLOW_EVERY === SLOW_EVERY - 1 ? SLOW_MS : own.integer(8, 40);
    const transitMs = () => baseMs - Math.log(1 - own.next()) * (baseMs / 4);
    return (handlers) => {
      dials.push({ device: index, atMs: clock.now() - startedMs });
      const of = links[index] as Set<VirtualConnection>;
      const connection = openVirtualConnection({
        ...{ clock, transitMs, handlers },
        onOver() {
          of.delete(connection);
          for (const { process } of slots) process?.release(connection);
        },
      });
      of.add(connection);
      clock.setTimeout(() => balancer.route(connection, tokens[index] as string), transitMs());
      return connection.socket;
    };
  }

  const devices = tokens.map((_, index) => {
    const own = seededRandom(options.seed * 1_000_003 + index);
    return createSimulatedDevice({
      ...{ index, clock, random: own, newId, note, pauseMs: options.pauseMs },
      dial: dialOf(index, own),
      onLink({ up: isUp, retryInMs, error }) {
        if (isUp) ups.push({ device: index, atMs: clock.now() - startedMs });
        if (isUp) up.add(index);
        else up.delete(index);
        if (retryInMs === undefined) return;
        retries.push({ device: index, atMs: clock.now() - startedMs, retryInMs, code: error?.code ?? '' });
      },
    });
  });
  for (const device of devices) clock.setTimeout(device.start, random.next() * START_WITHIN_MS);

  const fullest = new Map<string, { depth: number; limit: number }>();
  const overfull = new Map<string, string>();
  const connected: number[] = [];
  function observe(): void {
    connected.push(up.size);
    for (const { process } of slots) {
      if (!process?.isAlive) continue;
      for (const { name, depth, limit, dropped } of process.queues()) {
        // The end of its name is the session's.
        const kind = name.replace(/ [0-9a-f]{6}$/, '');
        if (depth > (fullest.get(kind)?.depth ?? -1)) fullest.set(kind, { depth, limit });
        if (depth > limit) overfull.set(kind, `${depth} of ${limit}`);
        if (dropped > 0) overfull.set(kind, `${dropped} dropped`);
      }
    }
    clock.setTimeout(observe, OBSERVE_EVERY_MS);
  }
  observe();

  const faults = faultsOf(options);
  const misfortune = seededRandom(options.seed + 3);
  for (const fault of faults) {
    clock.setTimeout(() => {
      note(`fault ${JSON.stringify(fault)}`);
      happen(fault);
    }, fault.atMs);
  }

  function killAndReturn(index: number, forMs: number): void {
    const slot = slots[index];
    slot?.process?.kill();
    clock.setTimeout(() => !slot?.process?.isAlive && startGateway(index), forMs);
  }

  function happen(fault: Fault): void {
    switch (fault.kind) {
      case 'gateway':
        return killAndReturn(fault.slot, fault.forMs);
      case 'storm':
        for (const index of slots.keys()) killAndReturn(index, fault.forMs);
        return;
      case 'zone':
      case 'cloud-cut': {
        const inZone = slots.filter(({ zone }) => zone === fault.zone);
        const isZone = fault.kind === 'zone';
        for (const slot of inZone) {
          if (isZone) slot.isReachable = false;
          if (isZone) slot.process?.silence();
          slot.process?.cloud.cut(true);
        }
        clock.setTimeout(() => {
          for (const slot of inZone) {
            slot.isReachable = true;
            slot.process?.cloud.cut(false);
          }
        }, fault.forMs);
        return;
      }
      case 'cloud':
        cloud.stop();
        return void clock.setTimeout(cloud.start, fault.forMs);
      case 'slow-disk': {
        const { operationMs } = diskSpeed;
        diskSpeed.operationMs = fault.operationMs;
        clock.setTimeout(() => {
          diskSpeed.operationMs = operationMs;
        }, fault.forMs);
        return;
      }
      case 'slow-cloud':
        cloud.setDelay(fault.delayMs);
        return void clock.setTimeout(() => cloud.setDelay(0), fault.forMs);
      case 'links':
        for (const of of links) {
          if (misfortune.next() >= fault.share) continue;
          for (const connection of of) {
            if (fault.isSilent) connection.silence();
            else connection.break();
          }
        }
    }
  }

  await clock.run(options.talkMs);
  for (const device of devices) device.hush();
  const talkedUntilMs = clock.now();
  const isSettled = () =>
    devices.every((device) => device.isIdle() && device.storedTurns() === 0) &&
    up.size === devices.length &&
    slots.every(({ process }) => process?.isAlive && process.isSettled());
  while (!isSettled() && clock.now() - talkedUntilMs < SETTLE_LIMIT_MS) await clock.run(OBSERVE_EVERY_MS);
  const settledAfterMs = isSettled() ? clock.now() - talkedUntilMs : undefined;

  return {
    ...{ options, clock, startedMs, cloud, devices, slots, faults, dials, retries, ups, answers, overfull, fullest },
    ...{ connected, settledAfterMs },
    trace: `${notes} ${hash.digest('hex')}`,
    close() {
      balancer.stop();
      for (const device of devices) device.stop();
      for (const { process } of slots) process?.kill();
      cloud.close();
    },
  };
}
