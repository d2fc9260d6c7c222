/** Counts calls by the second of virtual time, so that the busiest second is known. */
export interface CallCounter {
  count(name: string): void;
  /** By name. */
  totals(): ReadonlyMap<string, number>;
  /** Calls in each second, from the beginning. */
  perSecond(): readonly number[];
}

export function createCallCounter(nowMs: () => number): CallCounter {
  const startedMs = nowMs();
  const totals = new Map<string, number>();
  const seconds: number[] = [];
  return {
    count(name) {
      totals.set(name, (totals.get(name) ?? 0) + 1);
      const second = Math.floor((nowMs() - startedMs) / 1_000);
      while (seconds.length <= second) seconds.push(0);
      seconds[second] = (seconds[second] ?? 0) + 1;
    },
    totals: () => totals,
    perSecond: () => seconds,
  };
}
