/**
 * What a gateway may say about the end of an utterance: only where the device listens for it, not without end, and nothing after
 * `listen.end`. How long a hold lasts is for the end rule to limit.
 */

/** Holds of one turn. The gateway of this project sends two a pause at most. */
const MAX_HOLDS = 64;

export class EndHints {
  readonly #isWanted: boolean;
  #holds = 0;
  #isEnded = false;

  constructor({ isWanted }: { isWanted: boolean }) {
    this.#isWanted = isWanted;
  }

  /** Counts the hold. False: it is ignored. */
  takesHold(): boolean {
    if (!this.#isWanted || this.#isEnded || this.#holds >= MAX_HOLDS) return false;
    this.#holds += 1;
    return true;
  }

  /** False: it is ignored. */
  takesEnd(): boolean {
    if (!this.#isWanted || this.#isEnded) return false;
    this.#isEnded = true;
    return true;
  }
}
