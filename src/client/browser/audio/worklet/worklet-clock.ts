/**
 * Time in an audio worklet, which has no clock and no timers of its own: the time of the audio that is rendered next, moved to the
 * page's monotonic clock. So packets arrive, samples fall due and timers end in one time, that of the card.
 *
 * Messages of the page carry the time at which they were sent. The worklet's time is at least that, and the largest difference seen is
 * that of the fastest message. The card may be faster or slower than the page's clock: between messages the worklet's time goes slower
 * than the card's by more than their drift, so the next message can correct it forwards, and time never goes back.
 */
import type { Clock } from '../../../../core/time/clock.ts';

/** Sound cards differ from the system's clock by less than 0.02 %. */
const MOST_DRIFT = 0.0002;

interface Timer {
  dueMs: number;
  callback: () => void;
}

export class WorkletClock implements Clock {
  readonly #audioNowMs: () => number;
  readonly #timers = new Set<Timer>();
  #offsetMs = 0;
  #setAtMs = 0;

  /** @param audioNowMs the time of the block that is rendered next */
  constructor(audioNowMs: () => number) {
    this.#audioNowMs = audioNowMs;
  }

  now(): number {
    const audioMs = this.#audioNowMs();
    return audioMs + this.#offsetMs - (audioMs - this.#setAtMs) * MOST_DRIFT;
  }

  wallNow(): number {
    return Date.now();
  }

  /** A message of the page has arrived, which was sent then. */
  set(sentAtMs: number): void {
    const nowMs = Math.max(this.now(), sentAtMs);
    const audioMs = this.#audioNowMs();
    this.#offsetMs = nowMs - audioMs;
    this.#setAtMs = audioMs;
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    const timer = { dueMs: this.#audioNowMs() + delayMs, callback };
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as Timer);
  }

  /** Runs the timers that have ended, in the order of their ends. Called for each block. */
  runTimers(): void {
    if (this.#timers.size === 0) return;
    const audioMs = this.#audioNowMs();
    const ended = [...this.#timers].filter(({ dueMs }) => dueMs <= audioMs).sort((a, b) => a.dueMs - b.dueMs);
    for (const timer of ended) {
      // One may have cleared another.
      if (this.#timers.delete(timer)) timer.callback();
    }
  }
}
