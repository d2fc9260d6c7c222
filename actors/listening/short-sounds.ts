/**
 * Sounds that began like speech and were over after a moment: notes of music, doors, keys. Where they are usual, what sounds like speech is
 * believed only when it lasts. Pure; in the time of the samples.
 */

/** So many within this time are usual: one or two are short answers, “yes” and “no”. */
const USUAL = 2;
const REMEMBERED_MS = 10_000;
/** After a turn in which nobody spoke, as the gateway found. */
const AFTER_REFUSAL_MS = 30_000;

export interface ShortSounds {
  note(atMs: number): void;
  /** What began a turn was no speech. */
  refuse(atMs: number): void;
  areUsual(atMs: number): boolean;
}

export function createShortSounds(): ShortSounds {
  let heardAtMs: number[] = [];
  let usualUntilMs = Number.NEGATIVE_INFINITY;
  return {
    note(atMs) {
      heardAtMs = [...heardAtMs.slice(1 - USUAL), atMs];
    },
    refuse(atMs) {
      usualUntilMs = atMs + AFTER_REFUSAL_MS;
    },
    areUsual(atMs) {
      if (atMs < usualUntilMs) return true;
      const [oldest] = heardAtMs;
      return heardAtMs.length === USUAL && oldest !== undefined && atMs - oldest <= REMEMBERED_MS;
    },
  };
}
