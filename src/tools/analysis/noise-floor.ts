/**
 * The noise floor: the tenth percentile of its windows, from a histogram, so that an hour takes
 * no more memory than a second. Pure.
 */
import { SILENCE_DB } from '../../core/signal/decibels.ts';

const STEP_DB = 0.5;
const PERCENTILE = 0.1;

export interface NoiseFloor {
  add(levelDb: number): void;
  /** In dB of full scale; undefined before the first window. */
  valueDb(): number | undefined;
}

export function createNoiseFloor(): NoiseFloor {
  const histogram = new Uint32Array(Math.ceil(-SILENCE_DB / STEP_DB) + 1);
  let windows = 0;
  return {
    add(levelDb) {
      const bin = Math.round((Math.max(SILENCE_DB, Math.min(0, levelDb)) - SILENCE_DB) / STEP_DB);
      histogram[bin] = (histogram[bin] ?? 0) + 1;
      windows += 1;
    },
    valueDb() {
      let below = 0;
      for (const [bin, count] of histogram.entries()) {
        below += count;
        if (windows > 0 && below >= windows * PERCENTILE) return SILENCE_DB + bin * STEP_DB;
      }
      return undefined;
    },
  };
}
