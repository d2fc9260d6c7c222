/**
 * Reckons when a sound card will have taken all that it was given. Pure.
 *
 * What it was given lasts as long as it is long; where the card really is shows only when a write has to wait, because one piece
 * waits in the queue already: it returns when the card begins with that one. We see this late by chance, and never early. So a
 * sight that is earlier than the reckoning corrects it at once. A later one corrects it as far as the card's clock may be slower
 * than ours, and several of them together by the earliest: then the card stood still.
 */

/** Sights until the first of them need not be trusted any more. */
const SIGHTS_AT_FIRST = 4;
/** How often it is looked at afterwards. */
const SIGHT_EVERY_MS = 1_000;
/** 250 ppm: more than the clocks of two cheap crystals differ by. */
const DRIFT_A_SIGHT_MS = 0.25;
/**
 * Later sights in a row that together correct the reckoning. A sound server takes several blocks at once, and only some sights are
 * of the first of them: the earliest is remembered for long.
 */
const LATER_SIGHTS = 20;
/** A card that seems so much later may have stood still: it is looked at again at once. */
const STOOD_STILL_MS = 30;

export class CardClock {
  /** When the card has taken everything; what is over is over. */
  dryAtMs = Number.NEGATIVE_INFINITY;
  #sights = 0;
  #nextSightMs = Number.NEGATIVE_INFINITY;
  #laterSights = 0;
  #leastLaterMs = Number.POSITIVE_INFINITY;

  /** So much was given to it. */
  gave(ms: number, nowMs: number): void {
    this.dryAtMs = Math.max(this.dryAtMs, nowMs) + ms;
  }

  /** The card began at `atMs`, as we see it, with the first of what lasts for `ms`. All of it is reckoned with already. */
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

  /** Seen often enough to be believed. */
  get isKnown(): boolean {
    return this.#sights >= SIGHTS_AT_FIRST;
  }

  /** Whether it is time to look at the card. */
  isToBeSeen(nowMs: number): boolean {
    return !this.isKnown || nowMs >= this.#nextSightMs;
  }

  /** It ran dry and starts anew. */
  forget(): void {
    this.#sights = 0;
  }

  #correct(byMs: number): void {
    this.dryAtMs += byMs;
    this.#laterSights = 0;
    this.#leastLaterMs = Number.POSITIVE_INFINITY;
  }
}
