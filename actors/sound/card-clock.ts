/**
 * Calculates when a sound card will have played all samples that it was given. Pure.
 *
 * The samples define the duration. The card's real position is visible only when a write has to wait because one block
 * is queued already: the write returns when the card begins with that block. Such an observation may be late by chance,
 * but never early. So an observation earlier than the calculation corrects it at once. A later one corrects it only as
 * far as the card's clock may be slower than ours. Several later ones together correct it by the earliest of them: then
 * the card had stopped.
 */

/** Number of observations until the first ones are reliable. */
const SIGHTS_AT_FIRST = 4;
/** Interval of observations afterwards. */
const SIGHT_EVERY_MS = 1_000;
/** 250 ppm: more than the difference of two cheap crystals. */
const DRIFT_A_SIGHT_MS = 0.25;
/**
 * Number of consecutive later observations that correct the calculation. A sound server takes several blocks at once,
 * and only some observations are of the first of them: so the earliest counts for long.
 */
const LATER_SIGHTS = 20;
/** A card that seems this much later may have stopped: it is observed again at once. */
const STOOD_STILL_MS = 30;

export class CardClock {
  /** When the card has played everything; not in the past. */
  dryAtMs = Number.NEGATIVE_INFINITY;
  #sights = 0;
  #nextSightMs = Number.NEGATIVE_INFINITY;
  #laterSights = 0;
  #leastLaterMs = Number.POSITIVE_INFINITY;

  /** This many samples were given to it. */
  gave(ms: number, nowMs: number): void {
    this.dryAtMs = Math.max(this.dryAtMs, nowMs) + ms;
  }

  /**
   * The card began at `atMs`, as observed, with the first of the last `ms` of samples. They are in the calculation
   * already.
   */
  began(ms: number, atMs: number): void {
    const laterMs = atMs + ms - this.dryAtMs;
    this.#nextSightMs = laterMs > STOOD_STILL_MS ? atMs : atMs + SIGHT_EVERY_MS;
    if (laterMs <= 0 || this.#sights === 0) this.#correct(laterMs);
    else {
      const driftMs = Math.min(laterMs, DRIFT_A_SIGHT_MS);
      this.dryAtMs += driftMs;
      this.#laterSights += 1;
      this.#leastLaterMs = Math.min(this.#leastLaterMs, laterMs) - driftMs;
      if (this.#laterSights === LATER_SIGHTS) this.#correct(Math.max(0, this.#leastLaterMs));
    }
    this.#sights += 1;
  }

  /** There were enough observations. */
  get isKnown(): boolean {
    return this.#sights >= SIGHTS_AT_FIRST;
  }

  /** Whether another observation is due. */
  isToBeSeen(nowMs: number): boolean {
    return !this.isKnown || nowMs >= this.#nextSightMs;
  }

  /** The card ran out of samples and starts again. */
  forget(): void {
    this.#sights = 0;
  }

  #correct(byMs: number): void {
    this.dryAtMs += byMs;
    this.#laterSights = 0;
    this.#leastLaterMs = Number.POSITIVE_INFINITY;
  }
}
