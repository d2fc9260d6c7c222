/**
 * Decides by the scores of a model whether the wake word was said. Pure.
 */

export interface WakeRule {
  /** Scores from here on count, 0 to 1. */
  threshold: number;
  /** So many scores in a row must reach it. */
  patience: number;
  /** After a wake word nothing counts for this time: its own scores stay high for a while. */
  refractoryMs: number;
}

export const DEFAULT_RULE: WakeRule = { threshold: 0.5, patience: 1, refractoryMs: 2_000 };

export interface Detection {
  /** The highest so far. */
  score: number;
  /** When the first of the scores was computed: about the end of the word. */
  atMs: number;
}

export interface WakeDetector {
  /** The next score, and the time of the last sample that it knows. */
  push(score: number, atMs: number): Detection | undefined;
}

export function createWakeDetector({ threshold, patience, refractoryMs }: WakeRule): WakeDetector {
  let inRow = 0;
  let detection: Detection = { score: 0, atMs: 0 };
  let restedAtMs = Number.NEGATIVE_INFINITY;
  return {
    push(score, atMs) {
      if (!(score >= threshold) || atMs < restedAtMs) {
        inRow = 0;
        return undefined;
      }
      detection = inRow === 0 ? { score, atMs } : { ...detection, score: Math.max(score, detection.score) };
      inRow += 1;
      if (inRow < patience) return undefined;
      inRow = 0;
      restedAtMs = atMs + refractoryMs;
      return detection;
    },
  };
}
