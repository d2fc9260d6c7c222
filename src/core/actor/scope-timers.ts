/**
 * The timers of a scope that are still to run.
 *
 * An array and not a Set. A Set that is added to and deleted from makes a new table again and again, and V8 keeps each new one alive as
 * long as the one before: once one of them is in old space, all that follow get there, with their timers, as garbage that is
 * collected seldom.
 */
import type { Clock } from '../time/clock.ts';

type TimerClock = Pick<Clock, 'setTimeout' | 'clearTimeout'>;

class PendingTimer {
  handle: unknown;
  /** Where it stands in the array; -1 once it is over. */
  index: number;

  constructor(index: number) {
    this.index = index;
  }
}

export class ScopeTimers {
  readonly #clock: TimerClock;
  readonly #pending: PendingTimer[] = [];

  constructor(clock: TimerClock) {
    this.#clock = clock;
  }

  set(callback: () => void, delayMs: number): unknown {
    const timer = new PendingTimer(this.#pending.length);
    this.#pending.push(timer);
    timer.handle = this.#clock.setTimeout(() => {
      this.#remove(timer);
      callback();
    }, delayMs);
    return timer;
  }

  /** Nothing happens where it has run, was cleared, or is none of these. */
  clear(timer: unknown): void {
    if (!(timer instanceof PendingTimer) || this.#pending[timer.index] !== timer) return;
    this.#remove(timer);
    this.#clock.clearTimeout(timer.handle);
  }

  clearAll(): void {
    for (let last = this.#pending.at(-1); last; last = this.#pending.at(-1)) this.clear(last);
  }

  #remove(timer: PendingTimer): void {
    const last = this.#pending.pop();
    if (last && last !== timer) {
      this.#pending[timer.index] = last;
      last.index = timer.index;
    }
    timer.index = -1;
  }
}
