/**
 * How long nothing has been heard from the other end of a connection. Time in which this process was stopped or busy does not
 * count: what came meanwhile is still to be read.
 */
import type { Clock } from './clock.ts';

export interface Inactivity {
  /** When something was heard last, by the clock. */
  readonly lastActiveAtMs: number;
  /** Something came. */
  reset(): void;
  /** Calls `check` once, with the length of the silence; what was to be checked before is not. */
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
