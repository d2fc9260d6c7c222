/** Times of many calls, one after another, and their quantiles. */
import { quantile } from '../gateway/results.ts';

export interface Times {
  p50: number;
  p95: number;
  perSecond: number;
}

export async function timesOf(count: number, act: (i: number) => unknown): Promise<Times> {
  const times: number[] = [];
  const startedMs = performance.now();
  for (let i = 0; i < count; i++) {
    const beganMs = performance.now();
    await act(i);
    times.push(performance.now() - beganMs);
  }
  const elapsedMs = performance.now() - startedMs;
  times.sort((a, b) => a - b);
  return { p50: quantile(times, 0.5), p95: quantile(times, 0.95), perSecond: (count / elapsedMs) * 1_000 };
}

/** Calls a second, `atOnce` at the same time. */
export async function rateOf(count: number, atOnce: number, act: (i: number) => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  let next = 0;
  const one = async () => {
    while (next < count) await act(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return (count / (performance.now() - startedMs)) * 1_000;
}
