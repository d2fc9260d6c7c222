/**
 * How long before it runs dry a card is given sound, so that it never does: as long as this process may be late. That is measured
 * while it runs: tight on a quiet machine, safe on a busy one. It begins safe, because what is not known yet may be late; it gets
 * wider at once, and narrower only when nothing was late for a while. Pure.
 */

/** A timer of Node is up to 1 ms late, and a write takes a thread of libuv and the card's own. */
const LEAST_MS = 5;
/** More is no guard any more, but a delay: what comes later than that is heard. */
const MOST_MS = 40;
/** A card holds two blocks when it asks for the next one: most of that it may wait without being heard. */
const CARD_HOLDS_MS = 10;
/** Before it is known how late this process is. */
const UNKNOWN_MS = 25;
/** Sights of lateness that make it known, on a stretch of at least half a slot. */
const KNOWN_AFTER = 50;
/** A lateness counts for so long: between 15 and 20 s. */
const SLOT_MS = 5_000;
const SLOTS = 4;
/** What no guard could have covered says nothing of the next time: the process was stopped, or the card stood still. */
const ABSENCE_MS = 200;
/** A little less is no reason to change: each change has to be made up for by stretching. */
const HYSTERESIS_MS = 2;
const UNDERFLOW_MS = 5;

export class WakeGuard {
  ms = UNKNOWN_MS;
  #noted = 0;
  #firstNotedMs = 0;
  /** The two largest of each slot: what happened once (something was compiled, or loaded) need not happen again. */
  readonly #largest = new Float64Array(SLOTS);
  readonly #second = new Float64Array(SLOTS);
  #slot = 0;

  /** Something that was due ran so much later. */
  note(lateMs: number, nowMs: number): void {
    if (lateMs > ABSENCE_MS) return;
    this.#turnTo(Math.floor(nowMs / SLOT_MS));
    this.#keep(this.#slot % SLOTS, lateMs);
    if (this.#noted === 0) this.#firstNotedMs = nowMs;
    this.#noted += 1;
    const isKnown = this.#noted >= KNOWN_AFTER && nowMs - this.#firstNotedMs >= SLOT_MS / 2;
    const leastMs = isKnown ? LEAST_MS : UNKNOWN_MS;
    const neededMs = Math.min(MOST_MS, Math.max(leastMs, LEAST_MS + this.#usualMs() - CARD_HOLDS_MS));
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
