/**
 * How long before it runs out of samples a card is given more: as long as this process may be late. This is measured
 * continuously: short on an idle machine, long on a busy one. It starts long, because the lateness is not known yet; it
 * is increased at once, and reduced only after a time without lateness. Pure.
 *
 * Up to the duration of two blocks, everything that happened more than once is covered. A longer guard delays all audio
 * to avoid a rare gap: it must be worth that by the cost of a gap (`#cost`; docs/playback.md,
 * "The card").
 */

/** A timer of Node is up to 1 ms late; a write needs a thread of libuv and the card's own. */
const LEAST_MS = 5;
/** Two blocks. Also the safe value before there are measurements. */
const SAFE_MS = 20;
const MOST_MS = 40;
/** A card has two blocks left when it requests the next one: it may wait for most of that time without a gap. */
const CARD_HOLDS_MS = 10;
/** A second with lateness counts until this many other seconds with playback were measured. */
const SECONDS = 20;
/** Number of seconds after which the lateness of this process is known. */
const KNOWN_AFTER = 2;
/**
 * Lateness that no guard could have covered does not predict the future: the process was stopped, or the card had
 * stopped.
 */
const ABSENCE_MS = 200;
/** A small reduction is not worth a change: each change has to be compensated by stretching. */
const HYSTERESIS_MS = 2;
const UNDERFLOW_MS = 5;

export class WakeGuard {
  ms = SAFE_MS;
  /** The guard that each second needed. */
  readonly #needed = new Float64Array(SECONDS);
  #seen = 0;
  #second = Number.NEGATIVE_INFINITY;

  /** A due task ran this much later. */
  note(lateMs: number, nowMs: number): void {
    if (lateMs <= ABSENCE_MS) this.#need(LEAST_MS + lateMs - CARD_HOLDS_MS, nowMs);
  }

  /** The card ran out of samples anyway. */
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
