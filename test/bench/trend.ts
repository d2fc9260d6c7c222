/**
 * The growth of a value: the slope of the regression line by least squares, and its standard error.
 *
 * Neighbouring samples of memory are alike: it stays where it is until the next collection, so many samples say little more than a few. The
 * error counts only as many as are independent: n (1 − r) / (1 + r), where r is the correlation of neighbouring residuals (Santer et al.,
 * “Statistical significance of trends and trend differences in layer-average atmospheric temperature time series”, 2000, section 4).
 */
export function trend(points: readonly (readonly [x: number, y: number])[]): { slope: number; error: number } {
  const n = points.length;
  const meanX = points.reduce((total, [x]) => total + x, 0) / n;
  const meanY = points.reduce((total, [, y]) => total + y, 0) / n;
  let xx = 0;
  let xy = 0;
  for (const [x, y] of points) {
    xx += (x - meanX) ** 2;
    xy += (x - meanX) * (y - meanY);
  }
  const slope = xy / xx;
  const residuals = points.map(([x, y]) => y - meanY - slope * (x - meanX));
  const rest = residuals.reduce((total, each) => total + each ** 2, 0);
  // Residuals that change their sign from one to the next are not worth more than independent ones.
  const alike = rest > 0 ? Math.max(0, neighbours(residuals) / rest) : 0;
  const independent = (n * (1 - alike)) / (1 + alike);
  return { slope, error: independent > 2 ? Math.sqrt(rest / (independent - 2) / xx) : Number.POSITIVE_INFINITY };
}

function neighbours(residuals: readonly number[]): number {
  let total = 0;
  for (const [i, each] of residuals.entries()) total += each * (residuals[i - 1] ?? 0);
  return total;
}
