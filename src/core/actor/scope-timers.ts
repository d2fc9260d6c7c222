/**
 * The timers of a scope that have not fired.
 *
 * An array and not a Set: a Set with many insertions and deletions allocates a new table again and again, and V8 keeps
 * each new table alive as long as the one before. Once one of them is in the old space, all later ones and their timers
 * get there too, as garbage that is rarely collected.
 */
import type { Clock } from '../time/clock.ts';

type TimerClock = Pick<Clock, 'setTimeout' | 'clearTimeout'>;

class PendingTimer {
  handle: unknown;
  /** Its index in the array; -1 when it has fired or was cleared. */
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

  /** No effect when it has fired, was cleared, or is not one of these. */
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
