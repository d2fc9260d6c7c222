/**
 * How long before it runs dry a card is given sound, so that it never does: as long as this process may be late. That is measured
 * while it runs: tight on a quiet machine, safe on a busy one. It begins safe, because what is not known yet may be late; it gets
 * wider at once, and narrower only when nothing was late for a while. Pure.
 *
 * Up to what two blocks last, all is covered that happened more than once. A wider guard is a delay that everyone hears, against a
 * hole now and then: it has to be worth it, by the price that the jitter buffer puts on a hole (docs/playback.md, "The target").
 */

/** A timer of Node is up to 1 ms late, and a write takes a thread of libuv and the card's own. */
const LEAST_MS = 5;
/** Two blocks. It is also what is safe before anything is known. */
const SAFE_MS = 20;
const MOST_MS = 40;
/** A card holds two blocks when it asks for the next one: most of that it may wait without being heard. */
const CARD_HOLDS_MS = 10;
/** A second in which something was late counts until so many others have been seen, whenever that is. */
const SECONDS = 20;
/** Seconds that make it known how late this process is. */
const KNOWN_AFTER = 2;
/** What no guard could have covered says nothing of the next time: the process was stopped, or the card stood still. */
const ABSENCE_MS = 200;
/** A little less is no reason to change: each change has to be made up for by stretching. */
const HYSTERESIS_MS = 2;
const UNDERFLOW_MS = 5;

export class WakeGuard {
  ms = SAFE_MS;
  /** The guard that each second needed. */
  readonly #needed = new Float64Array(SECONDS);
  #seen = 0;
  #second = Number.NEGATIVE_INFINITY;

  /** Something that was due ran so much later. */
  note(lateMs: number, nowMs: number): void {
    if (lateMs <= ABSENCE_MS) this.#need(LEAST_MS + lateMs - CARD_HOLDS_MS, nowMs);
  }

  /** The card ran dry all the same. */
  underflow(nowMs: number): void {
    this.#need(this.ms + UNDERFLOW_MS, nowMs);
  }

  #need(guardMs: number, nowMs: number): void {
    const ms = Math.max(LEAST_MS, guardMs);
    const second = Math.floor(nowMs / 1_000);
    const isNext = second !== this.#second;
    if (isNext) {
      this.#second = second;
      this.#needed[this.#seen % SECONDS] = 0;
      this.#seen += 1;
    }
    const at = (this.#seen - 1) % SECONDS;
    if (!isNext && ms <= (this.#needed[at] ?? 0)) return;
    this.#needed[at] = ms;
    const bestMs = this.#seen > KNOWN_AFTER ? this.#bestMs() : Math.max(SAFE_MS, this.#bestMs());
    if (bestMs > this.ms || this.ms - bestMs >= HYSTERESIS_MS) this.ms = bestMs;
  }

  #bestMs(): number {
    const usualMs = Math.min(SAFE_MS, this.#secondLargestMs());
    let bestMs = usualMs;
    let least = this.#cost(usualMs);
    for (const ms of this.#needed) {
      if (ms <= usualMs || ms > MOST_MS) continue;
      const cost = this.#cost(ms);
      if (cost >= least) continue;
      bestMs = ms;
      least = cost;
    }
    return bestMs;
  }

  #secondLargestMs(): number {
    let largest = LEAST_MS;
    let second = LEAST_MS;
    for (const ms of this.#needed) {
      second = Math.max(second, Math.min(largest, ms));
      largest = Math.max(largest, ms);
    }
    return second;
  }

  #cost(ms: number): number {
    let late = 0;
    for (const needed of this.#needed) if (needed > ms) late += 1;
    const perMinute = (late * 60) / SECONDS;
    return ms + (3 * perMinute ** 2) / (perMinute + 6);
  }
}
