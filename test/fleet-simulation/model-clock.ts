/** The time of the model of queues: what is due, one after the other. */
import { createTimerQueue, type Due } from '../support/timer-queue.ts';

interface Event extends Due {
  act: () => void;
}

export class ModelClock {
  readonly #events = createTimerQueue<Event>();
  #nowMs = 0;
  #order = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  readonly after = (ms: number, act: () => void): void => {
    this.#events.add({ dueMs: this.#nowMs + ms, order: this.#order++, act });
  };

  runUntil(untilMs: number): void {
    for (let next = this.#events.first(); next && next.dueMs <= untilMs; next = this.#events.first()) {
      this.#events.remove(next);
      this.#nowMs = next.dueMs;
      next.act();
    }
  }
}
