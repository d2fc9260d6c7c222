/** The root mean square of samples `from` to `to` (default: of all of them), in the unit of the samples; of no samples 0. */
export function rootMeanSquare(samples: ArrayLike<number>, from = 0, to = samples.length): number {
  const end = Math.min(to, samples.length);
  let sum = 0;
  for (let i = from; i < end; i++) sum += (samples[i] ?? 0) ** 2;
  return end > from ? Math.sqrt(sum / (end - from)) : 0;
}
