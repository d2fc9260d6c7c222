/**
 * Runs the crons of convex/crons.ts, which convex-test does not. Intervals alone: there are no others.
 */
import type { JSONValue } from 'convex/values';
import type { Clock } from '../core/time/clock.ts';

const UNIT_MS = { seconds: 1_000, minutes: 60_000, hours: 3_600_000 } as const;

interface CronJobs {
  crons: Record<string, { name: string; args: JSONValue[]; schedule: { type: string } & Record<string, unknown> }>;
}

export interface CronsOptions {
  /** Default export of convex/crons.ts. */
  crons: unknown;
  run: (path: string, args: JSONValue) => Promise<void>;
  onError: (name: string, error: unknown) => void;
  clock: Clock;
}

/** Each runs at once and then every interval, as after a deployment. Returns a function that stops them. */
export function startCrons({ crons, run, onError, clock }: CronsOptions): () => void {
  const timers = new Map<string, unknown>();
  for (const [name, { name: path, args, schedule }] of Object.entries((crons as CronJobs | undefined)?.crons ?? {})) {
    const everyMs = intervalMs(name, schedule);
    const tick = () => {
      run(path, args[0] ?? {}).catch((error: unknown) => onError(name, error));
      timers.set(name, clock.setTimeout(tick, everyMs));
    };
    tick();
  }
  return () => {
    for (const timer of timers.values()) clock.clearTimeout(timer);
  };
}

function intervalMs(name: string, schedule: { type: string } & Record<string, unknown>): number {
  for (const [unit, ms] of Object.entries(UNIT_MS)) {
    if (schedule.type === 'interval' && typeof schedule[unit] === 'number') return schedule[unit] * ms;
  }
  throw new Error(`cron "${name}": the embedded cloud runs intervals only, not ${schedule.type}`);
}
