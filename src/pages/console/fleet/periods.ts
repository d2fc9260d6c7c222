/**
 * Every period of the time that is shown, also those without turns: a plot must not draw a line over a night in which nobody spoke.
 */
interface Period {
  startsAt: number;
  turns: number;
  errors: number;
  stages: Record<string, { count: number; p50Ms: number; p95Ms: number }>;
}

export const PERIOD_MS = { hour: 3_600_000, day: 24 * 3_600_000 } as const;

export function filledPeriods(
  { unit, periods }: { unit: keyof typeof PERIOD_MS; periods: readonly Period[] },
  sinceMs: number,
  untilMs: number,
): Period[] {
  const lengthMs = PERIOD_MS[unit];
  const known = new Map(periods.map((period) => [period.startsAt, period]));
  const first = Math.floor(sinceMs / lengthMs) * lengthMs;
  const count = Math.max(0, Math.ceil((untilMs - first) / lengthMs));
  return Array.from({ length: count }, (_, index) => {
    const startsAt = first + index * lengthMs;
    return known.get(startsAt) ?? { startsAt, turns: 0, errors: 0, stages: {} };
  });
}
