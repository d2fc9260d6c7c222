/**
 * How long before it runs dry a card is given sound, so that it never does: as long as this process may be late. That is measured
 * while it runs: tight on a quiet machine, safe on a busy one. Wider at once, narrower only when the lateness has been gone for
 * a while. Pure.
 */

/** A timer of Node is up to 1 ms late, and a write takes a thread of libuv and the card's own. */
const LEAST_MS = 5;
/** More is no guard any more, but a delay: what comes later than that is heard. */
const MOST_MS = 40;
/** A card holds two blocks when it asks for the next one: most of that it may wait without being heard. */
const CARD_HOLDS_MS = 10;
/** A lateness counts for so long: between 8 and 10 s. */
const SLOT_MS = 2_000;
const SLOTS = 5;
/** What no guard could have covered says nothing of the next time: the process was stopped, or the card stood still. */
const ABSENCE_MS = 200;
/** A little less is no reason to change: each change has to be made up for by stretching. */
const HYSTERESIS_MS = 2;
const UNDERFLOW_MS = 5;

export class WakeGuard {
  ms = LEAST_MS;
  /** The two largest of each slot: what happened once (something was compiled, or loaded) need not happen again. */
  readonly #largest = new Float64Array(SLOTS);
  readonly #second = new Float64Array(SLOTS);
  #slot = 0;

  /** Something that was due ran so much later. */
  note(lateMs: number, nowMs: number): void {
    if (lateMs > ABSENCE_MS) return;
    this.#turnTo(Math.floor(nowMs / SLOT_MS));
    this.#keep(this.#slot % SLOTS, lateMs);
    const neededMs = Math.min(MOST_MS, LEAST_MS + Math.max(0, this.#usualMs() - CARD_HOLDS_MS));
    if (neededMs > this.ms || this.ms - neededMs >= HYSTERESIS_MS) this.ms = neededMs;
  }

  /** The card ran dry all the same. */
  underflow(nowMs: number): void {
    this.note(this.ms - LEAST_MS + CARD_HOLDS_MS + UNDERFLOW_MS, nowMs);
  }

  #keep(slot: number, lateMs: number): void {
    const largest = this.#largest[slot] ?? 0;
    this.#largest[slot] = Math.max(largest, lateMs);
    this.#second[slot] = Math.max(this.#second[slot] ?? 0, Math.min(largest, lateMs));
  }

  /** The second largest of all. */
  #usualMs(): number {
    let largest = 0;
    let second = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      const ms = this.#largest[slot] ?? 0;
      second = Math.max(second, Math.min(largest, ms), this.#second[slot] ?? 0);
      largest = Math.max(largest, ms);
    }
    return second;
  }

  /** Empties the slots of the time that has passed. */
  #turnTo(slot: number): void {
    for (let next = Math.max(this.#slot + 1, slot - SLOTS + 1); next <= slot; next++) {
      this.#largest[next % SLOTS] = 0;
      this.#second[next % SLOTS] = 0;
    }
    this.#slot = Math.max(this.#slot, slot);
  }
}
