/**
 * Values that an answer must have and that depend on when it is asked: `{time}`, `{date+1}`. Each becomes a pattern of all ways
 * to say it. Pure.
 */
import { isTimeZone } from '../../core/time/time-zone.ts';
import { cardinal, ordinal, timeOfDay, year } from './words/number-words.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const MONTHS = 'january february march april may june july august september october november december'.split(' ');
const WEEKDAYS = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');

/** When a question was asked and answered, and where the device is. */
export interface Moment {
  /** Wall clock, ms since 1970. */
  fromMs: number;
  toMs: number;
  /** IANA name. */
  timeZone: string;
}

interface LocalTime {
  year: number;
  /** 1 to 12. */
  month: number;
  day: number;
  hour: number;
  minute: number;
}

/** `time`, then `+120` or `-5`, then `@Asia/Tokyo`; or `days-to:12-25`. */
const SPELLING = /^(time|weekday|date|month|year)([+-]\d{1,4})?(?:@([\w/+-]+))?$|^(days-to):(\d{2})-(\d{2})$/;

/**
 * The pattern of a value at a moment.
 * @returns undefined if there is no such value
 */
export function computedValue(spelling: string, moment: Moment): string | undefined {
  const [, name, offset = '0', timeZone = moment.timeZone, daysTo, month, day] = SPELLING.exec(spelling) ?? [];
  if (daysTo !== undefined)
    return either(atEnds(moment, (ms) => daysUntil(localTime(ms, moment.timeZone), Number(month), Number(day))));
  if (name === undefined || !isTimeZone(timeZone)) return undefined;
  const shift = Number(offset);
  if (name === 'time')
    return either(minutesOf(moment).flatMap((ms) => waysToSayTime(localTime(ms + shift * MINUTE_MS, timeZone))));
  return either(atEnds(moment, (ms) => datePart(name, localTime(ms, timeZone), shift)));
}

/** Every minute from one before the question to one after the answer. */
function minutesOf({ fromMs, toMs }: Moment): number[] {
  const count = Math.ceil((toMs - fromMs) / MINUTE_MS) + 2;
  return Array.from({ length: count + 1 }, (_, i) => fromMs + (i - 1) * MINUTE_MS);
}

/** The day may change between question and answer. */
function atEnds({ fromMs, toMs }: Moment, say: (ms: number) => string[]): string[] {
  return [...say(fromMs), ...say(toMs)];
}

function datePart(name: string, now: LocalTime, shift: number): string[] {
  if (name === 'year') return [year(String(now.year + shift)), cardinal(String(now.year + shift))];
  if (name === 'month') return [MONTHS[(((now.month - 1 + shift) % 12) + 12) % 12] ?? ''];
  const date = new Date(Date.UTC(now.year, now.month - 1, now.day + shift));
  if (name === 'weekday') return [WEEKDAYS[date.getUTCDay()] ?? ''];
  const month = MONTHS[date.getUTCMonth()];
  const day = String(date.getUTCDate());
  const said = `(${ordinal(day)}|${cardinal(day)})`;
  return [`${month}( the)? ${said}`, `${said}( of)? ${month}`];
}

function waysToSayTime({ hour, minute }: LocalTime): string[] {
  const hour12 = hour % 12 || 12;
  const next12 = (hour12 % 12) + 1;
  const ways = [timeOfDay(hour12, minute), timeOfDay(hour, minute)];
  if (minute === 0) {
    if (hour === 12) ways.push('noon');
    if (hour === 0) ways.push('midnight', 'twelve');
    return ways;
  }
  if (minute < 10) ways.push(`${cardinal(String(hour12))} (zero )?${cardinal(String(minute))}`);
  if (minute === 15) ways.push(`quarter (past|after) ${cardinal(String(hour12))}`);
  if (minute === 30) ways.push(`half past ${cardinal(String(hour12))}`);
  if (minute === 45) ways.push(`quarter (to|till|of) ${cardinal(String(next12))}`);
  ways.push(`${cardinal(String(minute))}( minutes?)? (past|after) ${cardinal(String(hour12))}`);
  if (minute > 30)
    ways.push(`${cardinal(String(60 - minute))}( minutes?)? (to|till|before) ${cardinal(String(next12))}`);
  return ways;
}

function daysUntil(now: LocalTime, month: number, day: number): string[] {
  const today = Date.UTC(now.year, now.month - 1, now.day);
  const thisYear = Date.UTC(now.year, month - 1, day);
  const next = thisYear >= today ? thisYear : Date.UTC(now.year + 1, month - 1, day);
  const days = Math.round((next - today) / DAY_MS);
  return days === 0 ? ['today'] : days === 1 ? ['one', 'tomorrow'] : [cardinal(String(days))];
}

function localTime(ms: number, timeZone: string): LocalTime {
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric' },
  });
  const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const { year: y = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts;
  return { year: y, month, day, hour, minute };
}

function either(ways: string[]): string {
  return `(?:${[...new Set(ways)].join('|')})`;
}
