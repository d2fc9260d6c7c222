/**
 * Wall clock and calendar in a time zone.
 */

export interface CalendarDay {
  year: number;
  /** 1 to 12. */
  month: number;
  day: number;
}

export interface LocalTime extends CalendarDay {
  hour: number;
  minute: number;
  second: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();
const MAX_ZONES = 600;

/** What a clock in this time zone shows. @throws RangeError for an unknown time zone */
export function localTime(ms: number, timeZone: string): LocalTime {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    if (formats.size >= MAX_ZONES) formats.clear();
    formats.set(timeZone, format);
  }
  const parts: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(ms)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return { year, month, day, hour, minute, second };
}

/**
 * When a clock in this time zone shows this time. A time that is left out when clocks go forward is as much later as they
 * go forward; of one that comes twice when they go back, the first.
 */
export function instantOf(local: Omit<LocalTime, 'second'>, timeZone: string): number {
  const asUtc = Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute);
  const offsets = [asUtc - 86_400_000, asUtc + 86_400_000].map((ms) => offsetMs(ms, timeZone));
  const candidates = offsets.map((offset) => asUtc - offset);
  const fitting = candidates.filter((ms) => ms + offsetMs(ms, timeZone) === asUtc);
  // Left out: with the offset from before the change it is later by the change.
  return fitting.length > 0 ? Math.min(...fitting) : (candidates[0] ?? asUtc);
}

function offsetMs(ms: number, timeZone: string): number {
  const { year, month, day, hour, minute, second } = localTime(ms, timeZone);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1_000) * 1_000;
}

/** Days since 1970-01-01. */
export function dayNumber({ year, month, day }: CalendarDay): number {
  return Math.round(Date.UTC(year, month - 1, day) / 86_400_000);
}

export function dayOfNumber(number: number): CalendarDay {
  const date = new Date(number * 86_400_000);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** 0: Sunday. */
export function weekdayOf(day: CalendarDay): number {
  return (dayNumber(day) + 4) % 7;
}

/** `st`, `nd`, `rd` or `th` */
export function suffixOf(value: number): string {
  const tens = Math.floor(value / 10) % 10;
  return (tens === 1 ? undefined : ['th', 'st', 'nd', 'rd'][value % 10]) ?? 'th';
}
