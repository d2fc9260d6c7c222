import type { Clock } from './clock.ts';

/** Resolves with the work, or after this time without it. Rejects if the work rejects before. */
export async function within(
  work: Promise<void>,
  patienceMs: number,
  clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>,
): Promise<void> {
  let timer: unknown;
  const patience = new Promise<void>((resolve) => {
    timer = clock.setTimeout(resolve, patienceMs);
  });
  try {
    await Promise.race([work, patience]);
  } finally {
    clock.clearTimeout(timer);
  }
}
