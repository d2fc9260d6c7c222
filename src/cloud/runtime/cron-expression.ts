/**
 * Cron expressions of five fields, in UTC: minute, hour, day of month, month, day of week; with `*`, lists, ranges, steps, and names
 * of months and days. `L`, `W` and `#`, which Convex knows too, are refused.
 */
interface Field {
  name: string;
  lowest: number;
  highest: number;
  names?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: 'minute', lowest: 0, highest: 59 },
  { name: 'hour', lowest: 0, highest: 23 },
  { name: 'day of the month', lowest: 1, highest: 31 },
  {
    name: 'month',
    lowest: 1,
    highest: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  { name: 'day of the week', lowest: 0, highest: 7, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
];
const SUNDAY = 7;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** February 29th comes within eight years. */
const LONGEST_SEARCH_MS = 8 * 366 * DAY_MS;

export interface CronExpression {
  /** The first time after this one, in ms since 1970. */
  nextAfter(ms: number): number;
}

/** @throws Error what is wrong with it */
export function parseCronExpression(text: string): CronExpression {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== FIELDS.length) throw new Error(`“${text}” does not have five fields`);
  const sets = FIELDS.map((field, i) => parseField(field, parts[i] ?? ''));
  const [minutes, hours, days, months, weekdays] = sets as [Values, Values, Values, Values, Values];
  if (weekdays.set.has(SUNDAY)) weekdays.set.add(0);

  /** Restricted both ways, a day fits if it fits one way. */
  function isDay(date: Date): boolean {
    if (!months.set.has(date.getUTCMonth() + 1)) return false;
    const byDate = days.set.has(date.getUTCDate());
    const byWeekday = weekdays.set.has(date.getUTCDay());
    return days.isAny || weekdays.isAny ? byDate && byWeekday : byDate || byWeekday;
  }

  function nextAfter(ms: number): number {
    let atMs = (Math.floor(ms / MINUTE_MS) + 1) * MINUTE_MS;
    for (const endMs = ms + LONGEST_SEARCH_MS; atMs < endMs; ) {
      const date = new Date(atMs);
      if (!isDay(date)) atMs = (Math.floor(atMs / DAY_MS) + 1) * DAY_MS;
      else if (!hours.set.has(date.getUTCHours())) atMs = (Math.floor(atMs / HOUR_MS) + 1) * HOUR_MS;
      else if (!minutes.set.has(date.getUTCMinutes())) atMs += MINUTE_MS;
      else return atMs;
    }
    throw new Error(`“${text}” is never due`);
  }

  nextAfter(0);
  return { nextAfter };
}

interface Values {
  set: Set<number>;
  /** `*` or `?`: no restriction. */
  isAny: boolean;
}

function parseField(field: Field, text: string): Values {
  const set = new Set<number>();
  for (const item of text.split(',')) {
    for (const value of parseItem(field, item)) set.add(value);
  }
  return { set, isAny: text === '*' || text === '?' };
}

/** `*`, `5`, `1-5`, each perhaps with a step like `/15`. */
function parseItem(field: Field, item: string): number[] {
  const [, range = '', step] = /^([^/]+)(?:\/(\d+))?$/.exec(item) ?? [];
  const stepBy = step === undefined ? 1 : Number(step);
  const [first, last] = parseRange(field, range, step !== undefined);
  if (!(stepBy > 0) || first === undefined || last === undefined || first > last) {
    throw new Error(`“${item}” is no ${field.name} that the embedded cloud understands`);
  }
  return Array.from({ length: Math.floor((last - first) / stepBy) + 1 }, (_, i) => first + i * stepBy);
}

function parseRange(field: Field, text: string, hasStep: boolean): [number | undefined, number | undefined] {
  if (text === '*' || text === '?')
    return [field.lowest, field.name === 'day of the week' ? SUNDAY - 1 : field.highest];
  const [from = '', to] = text.split('-', 2);
  const first = parseNumber(field, from);
  if (to !== undefined) return [first, parseNumber(field, to)];
  return [first, hasStep ? field.highest : first];
}

function parseNumber({ lowest, highest, names }: Field, text: string): number | undefined {
  const named = names?.indexOf(text.toLowerCase().slice(0, 3)) ?? -1;
  if (named >= 0 && /^[a-z]+$/i.test(text)) return named + lowest;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return value >= lowest && value <= highest ? value : undefined;
}
