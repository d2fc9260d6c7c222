/** Shares of a sample, in percent, with the interval in which the true one is in 95 of 100 cases. */
const DEVIATIONS = 1.96;

export interface Share {
  percent: number;
  from: number;
  to: number;
}

/** Of `count` cases that are so or not (Wilson). */
export function countedShare(found: number, count: number): Share {
  const share = found / count;
  const square = DEVIATIONS ** 2;
  const middle = (share + square / (2 * count)) / (1 + square / count);
  const half =
    (DEVIATIONS * Math.sqrt((share * (1 - share)) / count + square / (4 * count ** 2))) / (1 + square / count);
  return { percent: 100 * share, from: 100 * Math.max(0, middle - half), to: 100 * (middle + half) };
}

/** The mean of chances. */
export function meanShare(chances: readonly number[]): Share {
  const mean = chances.reduce((sum, chance) => sum + chance, 0) / chances.length;
  const variance = chances.reduce((sum, chance) => sum + (chance - mean) ** 2, 0) / Math.max(1, chances.length - 1);
  const half = DEVIATIONS * Math.sqrt(variance / chances.length);
  return { percent: 100 * mean, from: 100 * Math.max(0, mean - half), to: 100 * (mean + half) };
}
