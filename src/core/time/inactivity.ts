/**
 * The inactivity of a connection: the time since the last message. Time in which this process was stopped or busy does not count,
 * because messages that arrived then are not read yet.
 */
import type { Clock } from './clock.ts';

export interface Inactivity {
  /** Time of the last message, by the clock. */
  readonly lastActiveAtMs: number;
  /** A message has arrived. */
  reset(): void;
  /** Calls `check` once with the inactivity so far. Replaces an earlier check that is still due. */
  checkAfter(delayMs: number, check: (silentMs: number) => void): void;
  stop(): void;
}

export function createInactivity(clock: Clock): Inactivity {
  return new MeasuredInactivity(clock);
}

class MeasuredInactivity implements Inactivity {
  lastActiveAtMs: number;
  readonly #clock: Clock;
  #awayMs = 0;
  #timer: unknown;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.lastActiveAtMs = clock.now();
  }

  reset(): void {
    this.lastActiveAtMs = this.#clock.now();
    this.#awayMs = 0;
  }

  checkAfter(delayMs: number, check: (silentMs: number) => void): void {
    this.stop();
    const dueAtMs = this.#clock.now() + delayMs;
    this.#timer = this.#clock.setTimeout(() => {
      this.#awayMs += this.#clock.now() - dueAtMs;
      check(this.#clock.now() - this.lastActiveAtMs - this.#awayMs);
    }, delayMs);
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
  }
}
