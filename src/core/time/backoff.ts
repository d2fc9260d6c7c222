/**
 * Exponential backoff: how long to wait after the nth failure in a row, doubled each time up to a limit.
 */
export function backoffMs(failures: number, { firstMs, longestMs }: { firstMs: number; longestMs: number }): number {
  return Math.min(firstMs * 2 ** Math.max(0, failures - 1), longestMs);
}
