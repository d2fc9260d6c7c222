/**
 * The smallest delay from sender to receiver, as a moving reference. Delays are relative to it, so the clocks need no
 * common zero, and drift between them appears as a slow change of the reference.
 */

/** Long enough to contain one undelayed packet, short enough to follow ±200 ppm within 4 ms. */
const WINDOW_SECONDS = 20;

export class RelativeDelayTracker {
  /** Smallest (arrival − media time) of the window, in ms; infinite before the first packet. */
  baseMs = Number.POSITIVE_INFINITY;
  /** One minimum a second. */
  private readonly minima = new Float64Array(WINDOW_SECONDS).fill(Number.POSITIVE_INFINITY);
  private second = 0;

  /** A packet of this media time arrived. Returns by how much the reference changed. */
  observe(arrivalMs: number, mediaMs: number): number {
    const offsetMs = arrivalMs - mediaMs;
    const before = this.baseMs;
    const second = Math.floor(arrivalMs / 1_000);
    if (second > this.second || before === Number.POSITIVE_INFINITY) this.turnTo(second);
    const slot = this.second % WINDOW_SECONDS;
    const minimum = this.minima[slot] ?? offsetMs;
    if (offsetMs < minimum) this.minima[slot] = offsetMs;
    let base = offsetMs;
    for (let i = 0; i < WINDOW_SECONDS; i++) base = Math.min(base, this.minima[i] ?? base);
    this.baseMs = base;
    return before === Number.POSITIVE_INFINITY ? 0 : base - before;
  }

  forget(): void {
    this.baseMs = Number.POSITIVE_INFINITY;
    this.minima.fill(Number.POSITIVE_INFINITY);
  }

  /** Empties the slots of the past seconds. */
  private turnTo(second: number): void {
    for (let s = Math.max(this.second + 1, second - WINDOW_SECONDS + 1); s <= second; s++) {
      this.minima[s % WINDOW_SECONDS] = Number.POSITIVE_INFINITY;
    }
    this.second = second;
  }
}
