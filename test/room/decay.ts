/**
 * Reverberation time of an impulse response (ISO 3382): the energy that is still to come, by Schroeder's backward integration, falls in a
 * straight line in dB; its slope from −5 to −25 dB, continued to −60 dB. Pure.
 */
const FROM_DB = -5;
const TO_DB = -25;

/** @param energy of equal steps of time. NaN when it does not fall far enough. */
export function decayTimeS(energy: ArrayLike<number>, stepS: number): number {
  let whole = 0;
  for (let i = 0; i < energy.length; i++) whole += energy[i] ?? 0;
  const points: [seconds: number, db: number][] = [];
  let left = whole;
  for (let i = 0; i < energy.length; i++) {
    const db = 10 * Math.log10(left / whole);
    if (db < TO_DB) return -60 / slopeOf(points);
    if (db <= FROM_DB) points.push([i * stepS, db]);
    left -= energy[i] ?? 0;
  }
  return Number.NaN;
}

/** Of the line with the least squares. */
function slopeOf(points: readonly [number, number][]): number {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const product = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return product / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}
