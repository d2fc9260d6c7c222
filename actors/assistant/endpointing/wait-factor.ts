/**
 * Some people pause for longer in a sentence than others. It shows when somebody goes on right after an end, which was a pause then. Once is
 * chance; after several the waits of this device are longer, and turns without one take that back. A long pause that was no end does not
 * count: one of seven sentences of `npm run bench:room` has a pause of 700 ms and more, and all waits grew to the most. Pure.
 */

/**
 * From the end of an utterance to the begin of the next turn, when that may be the rest of the sentence: the first second of the answer, and
 * what the device takes to be sure of an interruption (500 ms) and to say so.
 */
export const GOES_ON_WITHIN_MS = 1_600;
/** Of a cut, by each turn that is none. */
const FORGOTTEN = 0.15;
/** So many are chance; each further one lengthens the waits. */
const BY_CHANCE = 1;
const LONGER = 0.25;
export const MAX_WAIT_FACTOR = 1.5;
const MOST_CUTS = BY_CHANCE + (MAX_WAIT_FACTOR - 1) / LONGER;
/** Somebody else may be there then. */
const FORGOTTEN_AFTER_MS = 600_000;
const MOST_DEVICES = 1_000;

export interface FactorOfUtterance {
  /** Of its waits: 1 to {@link MAX_WAIT_FACTOR}. */
  readonly factor: number;
  /** It began so soon after an end that it may be the rest of that sentence. */
  readonly goesOn: boolean;
  /** It has ended, and somebody spoke in it. Without this call it counts as never begun. */
  end(nowMs: number): void;
}

export class WaitFactors {
  /** `cuts`: lately. The device whose utterance has ended last is the last one. */
  readonly #last = new Map<string, { cuts: number; endedAtMs: number }>();

  begin(device: string, nowMs: number): FactorOfUtterance {
    const last = this.#last.get(device);
    const sinceMs = last ? nowMs - last.endedAtMs : Number.POSITIVE_INFINITY;
    const before = last && sinceMs <= FORGOTTEN_AFTER_MS ? last.cuts : 0;
    const goesOn = sinceMs <= GOES_ON_WITHIN_MS;
    const oneMore = Math.min(MOST_CUTS, before + 1);
    /** Who was cut off in this sentence is not to be cut off in its rest. */
    const counted = goesOn ? Math.min(MOST_CUTS, oneMore + 1) : before;
    return {
      ...{ factor: factorOf(counted), goesOn },
      end: (endedAtMs) => this.#remember(device, goesOn ? oneMore : Math.max(0, before - FORGOTTEN), endedAtMs),
    };
  }

  #remember(device: string, cuts: number, endedAtMs: number): void {
    this.#last.delete(device);
    this.#last.set(device, { cuts, endedAtMs });
    const [oldest] = this.#last.keys();
    if (this.#last.size > MOST_DEVICES && oldest !== undefined) this.#last.delete(oldest);
  }
}

function factorOf(cuts: number): number {
  return 1 + LONGER * Math.max(0, cuts - BY_CHANCE);
}
