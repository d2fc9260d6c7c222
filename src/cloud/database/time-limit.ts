/** Work that may take only so long. */
import type { Clock } from '../../core/time/clock.ts';

/** Rejects with what `onTimeout` makes when the time is up; what the work does later is ignored. */
export async function withTimeLimit<T>(
  work: () => Promise<T>,
  { clock, limitMs, onTimeout }: { clock: Clock; limitMs: number; onTimeout: () => Error },
): Promise<T> {
  let timer: unknown;
  const timeout = new Promise<never>((_, reject) => {
    timer = clock.setTimeout(() => reject(onTimeout()), limitMs);
  });
  try {
    return await Promise.race([work(), timeout]);
  } finally {
    clock.clearTimeout(timer);
  }
}
