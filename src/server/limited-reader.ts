/**
 * Limits the rate of messages of a WebSocket. Text messages are few, so a client above the limit is dropped. Audio packets may come at
 * full speed up to a burst; above it reading is slowed to the allowed rate.
 */
import { createTokenBucket, type TokenBucket } from '../core/limits/token-bucket.ts';
import type { Clock } from '../core/time/clock.ts';
import { timerMs } from './front-door.ts';
import type { Reading } from './reading.ts';

const MINUTE_MS = 60_000;
/**
 * The burst, as a share of a minute's packets. A whole minute's packets at once would keep all others waiting for the seconds that it
 * takes to read them.
 */
const BURST = 1 / 20;
/** Packets are counted one by one and compared with the limit several at a time: no clock and no bucket for each packet. */
const CHECKS_PER_BURST = 16;
const MOST_PER_CHECK = 32;

export interface ReadLimits {
  /** Texts a minute; Infinity: no limit. */
  controlMessages: number;
  /** Binary messages a minute; Infinity: no limit. */
  packets: number;
}

export interface LimitedReader {
  /** Counts a message. False: a text message above the limit. */
  count(isBinary: boolean): boolean;
  stop(): void;
}

export function limitedReader(reading: Reading, limits: ReadLimits, clock: Clock): LimitedReader {
  return new CountingReader(reading, limits, clock);
}

/** A class with few objects: each connection has one, and each packet uses it. */
class CountingReader implements LimitedReader {
  readonly #reading: Reading;
  readonly #clock: Clock;
  readonly #texts: TokenBucket;
  readonly #packets: TokenBucket;
  readonly #packetsPerCheck: number;
  #unchecked = 0;
  #timer: unknown;

  constructor(reading: Reading, { controlMessages, packets }: ReadLimits, clock: Clock) {
    const burst = packets * BURST;
    this.#reading = reading;
    this.#clock = clock;
    this.#texts = createTokenBucket(controlMessages, MINUTE_MS);
    this.#packets = createTokenBucket(burst, MINUTE_MS * BURST);
    this.#packetsPerCheck = Math.max(1, Math.min(MOST_PER_CHECK, Math.floor(burst / CHECKS_PER_BURST)));
  }

  count(isBinary: boolean): boolean {
    if (!isBinary) return this.#texts.takeOne(this.#clock.now());
    this.#unchecked += 1;
    if (this.#unchecked >= this.#packetsPerCheck) this.#check();
    return true;
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
  }

  #check(): void {
    const nowMs = this.#clock.now();
    this.#packets.take(this.#unchecked, nowMs);
    this.#unchecked = 0;
    if (this.#timer === undefined && this.#packets.waitMs(nowMs) > 0) this.#rest();
  }

  #rest(): void {
    this.#timer = undefined;
    const waitMs = this.#packets.waitMs(this.#clock.now());
    if (waitMs <= 0) return this.#reading.release('too-many');
    this.#reading.hold('too-many');
    this.#timer = this.#clock.setTimeout(() => this.#rest(), timerMs(Math.ceil(waitMs)));
  }
}
