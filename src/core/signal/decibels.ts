/** Levels in decibels of full scale. */
export const SILENCE_DB = -120;

/** The level of a root mean square or a peak, which are from 0 to 1. */
export function decibels(magnitude: number): number {
  return magnitude <= 1e-6 ? SILENCE_DB : 20 * Math.log10(magnitude);
}
