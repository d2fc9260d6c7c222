/**
 * A fleet in virtual time, in one process: devices, a balancer, gateways in zones, and the cloud. The same seed gives the same trace.
 */
import { createHash } from 'node:crypto';
import { hashTokenSync } from '../../actors/cloud/access.ts';
import type { ConfirmWhen } from '../../actors/cloud/cloud-recorder.ts';
import { seededRandom } from '../support/random.ts';
import { createVirtualClock, type VirtualClock } from '../support/virtual-clock.ts';
import { type Slot, startBalancer } from './balancer.ts';
import { DeviceLinks } from './device-links.ts';
import { type Fault, planFaults } from './faults.ts';
import { injectFaults } from './inject-faults.ts';
import { OBSERVE_EVERY_MS, QueueWatch } from './queue-watch.ts';
import { seededIds } from './seeded-ids.ts';
import { openSimulatedCloud, type SimulatedCloud } from './simulated-cloud.ts';
import { createSimulatedDevice, deviceName, type SimulatedDevice } from './simulated-device.ts';
import { SimulatedGateways } from './simulated-gateways.ts';

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
/** From the last utterance until everything must be where it belongs. */
const SETTLE_LIMIT_MS = 400_000;

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
  const sinceStartMs = () => clock.now() - startedMs;
  const random = seededRandom(options.seed);
  const newId = seededIds(clock, seededRandom(options.seed + 1));
  const trace = new Trace(sinceStartMs);
  const note = trace.note;
  const cloud = await openSimulatedCloud({ clock, callsPerSecond: options.cloudCallsPerSecond });
  const tokens = Array.from({ length: options.devices }, (_, index) => `token-of-${deviceName(index)}`);
  await cloud.pair(tokens.map((token, index) => ({ name: deviceName(index), tokenHash: hashTokenSync(token) })));

  const answers = new Map<string, number[]>();
  const gateways = new SimulatedGateways({
    ...{ ...options, cloud, clock, random, newId, note },
    onAnswer: (id) => answers.set(id, [...(answers.get(id) ?? []), sinceStartMs()]),
  });
  const { slots } = gateways;
  const balancer = startBalancer(slots, clock);
  const dials: DialRecord[] = [];
  const links = new DeviceLinks({
    ...{ devices: options.devices, clock },
    onDial: (device) => dials.push({ device, atMs: sinceStartMs() }),
    onArrived: (connection, device) => balancer.route(connection, tokens[device] as string),
    onOver(connection) {
      for (const { process } of slots) process?.release(connection);
    },
  });
  const retries: RetryRecord[] = [];
  const up = new Set<number>();
  const ups: DialRecord[] = [];
  const devices = tokens.map((_, index) => {
    const own = seededRandom(options.seed * 1_000_003 + index);
    return createSimulatedDevice({
      ...{ index, clock, random: own, newId, note, pauseMs: options.pauseMs },
      dial: links.dialOf(index, own),
      onLink({ up: isUp, retryInMs, error }) {
        if (isUp) ups.push({ device: index, atMs: sinceStartMs() });
        if (isUp) up.add(index);
        else up.delete(index);
        if (retryInMs === undefined) return;
        retries.push({ device: index, atMs: sinceStartMs(), retryInMs, code: error?.code ?? '' });
      },
    });
  });
  for (const device of devices) clock.setTimeout(device.start, random.next() * START_WITHIN_MS);
  const { fullest, overfull, connected } = new QueueWatch(slots, () => up.size, clock);
  const faults = faultsOf(options);
  injectFaults(faults, { clock, gateways, cloud, links, random: seededRandom(options.seed + 3), note });

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
    ...{ connected, settledAfterMs, trace: trace.toString() },
    close() {
      balancer.stop();
      for (const device of devices) device.stop();
      gateways.stop();
      cloud.close();
    },
  };
}

/** What happened, in one line: the number of notes, and a hash of them. */
class Trace {
  readonly #hash = createHash('sha256');
  readonly #sinceStartMs: () => number;
  #notes = 0;

  constructor(sinceStartMs: () => number) {
    this.#sinceStartMs = sinceStartMs;
  }

  readonly note = (text: string): void => {
    this.#notes += 1;
    this.#hash.update(`${this.#sinceStartMs().toFixed(3)} ${text}\n`);
  };

  toString(): string {
    return `${this.#notes} ${this.#hash.copy().digest('hex')}`;
  }
}
