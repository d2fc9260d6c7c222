/**
 * Many devices of a load test in one process: they connect, speak when people do (arrivals.ts), and know what came back, by frame. Everything but the
 * network's time is from the seed.
 */
import type { EarshotError } from '../../core/errors.ts';
import { type Clock, systemClock } from '../../core/time/clock.ts';
import { FRAMES_PER_CHUNK } from '../../protocol/format.ts';
import { createRandom } from '../simulation/random.ts';
import { type ArrivalPattern, startArrivals } from './arrivals.ts';
import { createDelayLine } from './delay-line.ts';
import { FullDevice } from './full-device.ts';
import { LightDevice } from './light-device.ts';
import type { DeviceKind, LoadDevice, LoadDeviceOptions, ReplyKind } from './load-device.ts';
import type { LoadTurn } from './load-turn.ts';
import { type LoadMeasures, noMeasures } from './measures.ts';
import { createDeviceSockets } from './sockets.ts';
import type { NextUtterance } from './utterances.ts';

export interface FleetOptions {
  /** `ws://host:port`. */
  gateway: string;
  /** Default: `full`. */
  kind?: DeviceKind;
  replies: ReplyKind;
  utterances: NextUtterance;
  /** Of the device with this number, from 0. Default: `load-0001` and so on. */
  nameOf?: (index: number) => string;
  tokenOf?: (index: number) => string | undefined;
  /** One-way delays of the device's network (src/tools/simulation/delay-trace.ts); undefined: none are added. */
  networkOf?: (index: number) => readonly number[] | undefined;
  framesPerPacket?: number;
  seed?: number;
  clock?: Clock;
  /** A turn is over and confirmed, or its device was closed before. Its `stored` may still become `cloud`. */
  onTurn?: (turn: LoadTurn) => void;
}

export interface TalkPlan {
  pattern: ArrivalPattern;
  /** Of one device, as a mean. Not of `continuous`. */
  turnsPerMinute: number;
  /** How long it is planned to take: the morning's peak is in the middle. */
  lengthMs: number;
}

export interface Fleet {
  /** Devices, connected or not. */
  readonly size: number;
  readonly connected: number;
  readonly talking: number;
  /** Turns that are over and not confirmed as stored. */
  readonly unconfirmed: readonly LoadTurn[];
  /**
   * Connects or closes devices until there are so many. At most {@link CONNECTING_AT_ONCE} connect at the same time. One that is closed ends its turn first.
   *
   * @throws EarshotError (by rejection) when a device gets no connection: why. The first one tries once; others try again, as a device does.
   */
  resize(devices: number): Promise<void>;
  /** People speak to the devices that there are now, until `quiet` or the next call. */
  talk(talk: TalkPlan): void;
  /** Nobody begins to speak any more. Resolves when all turns are over and confirmed; false: that took longer. */
  quiet(withinMs: number): Promise<boolean>;
  /** Ends the connections of this share of the devices at once, as by a lost network. */
  cut(share: number): void;
  /** What was measured since the last call. */
  take(): LoadMeasures;
  close(): Promise<void>;
}

/** A gateway lets 200 connections of one address wait for their hello (`handshakesPerAddress`); others may test it, too. */
const CONNECTING_AT_ONCE = 50;
/** Devices that speak continuously begin within this part of the run, and within this time. */
const BEGIN_SHARE = 0.1;
const BEGIN_WITHIN_MS = 3_000;
const QUIET_CHECK_MS = 50;
/** A device that is closed has this time to end its turn. */
const LAST_TURN_MS = 60_000;

export function nameOfDevice(index: number): string {
  return `load-${String(index + 1).padStart(4, '0')}`;
}

export function openFleet(options: FleetOptions): Fleet {
  return new LoadFleet(options);
}

class LoadFleet implements Fleet {
  readonly #options: FleetOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #devices: LoadDevice[] = [];
  #measures = noMeasures();
  #endTalk = () => {};
  /** Within which devices begin that speak continuously; undefined: none do. */
  #beginWithinMs: number | undefined;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = createRandom(options.seed ?? 1);
  }

  get size(): number {
    return this.#devices.length;
  }

  get connected(): number {
    return this.#devices.filter(({ isConnected }) => isConnected).length;
  }

  get talking(): number {
    return this.#devices.filter(({ isTalking }) => isTalking).length;
  }

  get unconfirmed(): readonly LoadTurn[] {
    return this.#devices.flatMap(({ unconfirmed }) => unconfirmed);
  }

  async resize(devices: number): Promise<void> {
    const surplus = this.#devices.splice(devices);
    await Promise.all(surplus.map((device) => this.#closeWhenFree(device)));
    let failure: EarshotError | undefined;
    const connectUpTo = async (size: number) => {
      while (!failure && this.#devices.length < size) {
        const device = this.#open(this.#devices.length);
        this.#devices.push(device);
        await device.connect(this.connected > 0).catch((error) => {
          failure ??= error;
        });
        this.#beginSoon(device);
      }
    };
    // The first one alone: where there is no gateway, that is known at once.
    if (this.connected === 0) await connectUpTo(Math.min(1, devices));
    await Promise.all(Array.from({ length: CONNECTING_AT_ONCE }, () => connectUpTo(devices)));
    if (failure) throw failure;
  }

  talk({ pattern, turnsPerMinute, lengthMs }: TalkPlan): void {
    this.#endTalk();
    if (pattern === 'continuous') {
      this.#beginWithinMs = Math.min(BEGIN_WITHIN_MS, lengthMs * BEGIN_SHARE);
      this.#endTalk = () => {
        this.#beginWithinMs = undefined;
      };
      for (const device of this.#devices) this.#beginSoon(device);
      return;
    }
    this.#endTalk = startArrivals({
      ...{ pattern, lengthMs, random: this.#random, clock: this.#clock },
      turnsPerSecond: (this.#devices.length * turnsPerMinute) / 60,
      onArrival: () => this.#arrive(),
    });
  }

  async quiet(withinMs: number): Promise<boolean> {
    this.#endTalk();
    this.#endTalk = () => {};
    const untilMs = this.#clock.now() + withinMs;
    while (this.talking > 0 || this.unconfirmed.length > 0) {
      if (this.#clock.now() >= untilMs) return false;
      await this.#nextCheck();
    }
    return true;
  }

  cut(share: number): void {
    for (const device of this.#devices) if (this.#random() < share) device.cut();
  }

  take(): LoadMeasures {
    const taken = this.#measures;
    this.#measures = noMeasures();
    return taken;
  }

  async close(): Promise<void> {
    this.#endTalk();
    await Promise.all(this.#devices.splice(0).map((device) => device.close()));
  }

  #open(index: number): LoadDevice {
    const {
      gateway,
      kind = 'full',
      replies,
      framesPerPacket = FRAMES_PER_CHUNK,
      nameOf = nameOfDevice,
      tokenOf,
      networkOf,
    } = this.#options;
    const clock = this.#clock;
    const trace = networkOf?.(index);
    const makeDelayLine = trace && (() => createDelayLine(trace, Math.floor(this.#random() * trace.length), clock));
    const deviceOptions: LoadDeviceOptions = {
      ...{
        gateway,
        replies,
        framesPerPacket,
        clock,
        random: this.#random,
        name: nameOf(index),
        token: tokenOf?.(index),
      },
      sockets: createDeviceSockets({ makeDelayLine, onAttempt: () => this.#countAttempt() }),
      measures: () => this.#measures,
      onFree: () => queueMicrotask(() => this.#continue(device)),
      onTurn: (turn) => this.#options.onTurn?.(turn),
    };
    const device: LoadDevice = kind === 'full' ? new FullDevice(deviceOptions) : new LightDevice(deviceOptions);
    return device;
  }

  #countAttempt(): void {
    this.#measures.connections.attempts += 1;
  }

  async #closeWhenFree(device: LoadDevice): Promise<void> {
    const untilMs = this.#clock.now() + LAST_TURN_MS;
    while (device.isTalking && this.#clock.now() < untilMs) await this.#nextCheck();
    await device.close();
  }

  #nextCheck(): Promise<void> {
    return new Promise((resolve) => void this.#clock.setTimeout(resolve, QUIET_CHECK_MS));
  }

  /** Somebody speaks to a device that is free, connected or not. */
  #arrive(): void {
    const free = this.#devices.filter(({ isTalking, wasConnected }) => wasConnected && !isTalking);
    const device = free[Math.floor(this.#random() * free.length)];
    if (device) this.#speak(device);
    else this.#measures.turns.skipped += 1;
  }

  #beginSoon(device: LoadDevice): void {
    if (this.#beginWithinMs === undefined) return;
    this.#clock.setTimeout(() => this.#continue(device), this.#random() * this.#beginWithinMs);
  }

  #continue(device: LoadDevice): void {
    if (this.#beginWithinMs !== undefined && this.#devices.includes(device)) this.#speak(device);
  }

  #speak(device: LoadDevice): void {
    if (!device.isTalking) device.talk(this.#options.utterances(this.#random));
  }
}
