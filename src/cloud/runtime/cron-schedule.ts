/** The schedules of convex/crons.ts: when a cron runs first, and when again. */
import type { JSONValue } from 'convex/values';
import { parseCronExpression } from './cron-expression.ts';

export interface CronSchedule {
  /** After a deployment that brought it. An interval begins at once. */
  first(nowMs: number): number;
  /** After a run that was due at `dueMs`; times that passed meanwhile are left out. */
  next(dueMs: number, nowMs: number): number;
  /** Never later than this: the wall clock may have been set back since. */
  latest(nowMs: number): number;
}

const UNIT_MS = { seconds: 1_000, minutes: 60_000, hours: 3_600_000 } as const;
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/** @param schedule as `cronJobs()` keeps it. @throws Error what is wrong with it */
export function parseSchedule(schedule: Record<string, JSONValue>): CronSchedule {
  const { minuteUTC = 0, hourUTC, dayOfWeek, day } = schedule;
  switch (schedule.type) {
    case 'interval':
      return interval(schedule);
    case 'hourly':
      return expression(`${minuteUTC} * * * *`);
    case 'daily':
      return expression(`${minuteUTC} ${hourUTC} * * *`);
    case 'weekly':
      return expression(`${minuteUTC} ${hourUTC} * * ${WEEKDAYS.indexOf(String(dayOfWeek))}`);
    case 'monthly':
      return expression(`${minuteUTC} ${hourUTC} ${day} * *`);
    case 'cron':
      return expression(String(schedule.cron));
    default:
      throw new Error(`there is no schedule “${schedule.type}”`);
  }
}

function interval(schedule: Record<string, JSONValue>): CronSchedule {
  const unit = (['seconds', 'minutes', 'hours'] as const).find((name) => typeof schedule[name] === 'number');
  if (!unit) throw new Error('an interval has seconds, minutes or hours');
  const everyMs = Number(schedule[unit]) * UNIT_MS[unit];
  return {
    first: (nowMs) => nowMs,
    next: (dueMs, nowMs) => dueMs + (Math.floor(Math.max(0, nowMs - dueMs) / everyMs) + 1) * everyMs,
    latest: (nowMs) => nowMs + everyMs,
  };
}

function expression(text: string): CronSchedule {
  const { nextAfter } = parseCronExpression(text);
  return { first: nextAfter, next: (_dueMs, nowMs) => nextAfter(nowMs), latest: nextAfter };
}
