/**
 * How long nothing has been heard from the other end of a connection. Time in which this process was stopped or busy does not
 * count: what came meanwhile is still to be read.
 */
import type { Clock } from './clock.ts';

export interface Silence {
  /** When something was heard last, by the clock. */
  readonly heardAtMs: number;
  /** Something came. */
  heard(): void;
  /** Calls `check` once, with the length of the silence; what was to be checked before is not. */
  checkAfter(delayMs: number, check: (silentMs: number) => void): void;
  stop(): void;
}

export function createSilence(clock: Clock): Silence {
  return new MeasuredSilence(clock);
}

class MeasuredSilence implements Silence {
  heardAtMs: number;
  readonly #clock: Clock;
  #awayMs = 0;
  #timer: unknown;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.heardAtMs = clock.now();
  }

  heard(): void {
    this.heardAtMs = this.#clock.now();
    this.#awayMs = 0;
  }

  checkAfter(delayMs: number, check: (silentMs: number) => void): void {
    this.stop();
    const dueAtMs = this.#clock.now() + delayMs;
    this.#timer = this.#clock.setTimeout(() => {
      this.#awayMs += this.#clock.now() - dueAtMs;
      check(this.#clock.now() - this.heardAtMs - this.#awayMs);
    }, delayMs);
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
  }
}
