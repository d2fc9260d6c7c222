/**
 * Times, days and durations, as they are spoken.
 */
import { type CalendarDay, dayNumber, localTime, suffixOf, weekdayOf } from '../calendar/zoned-time.ts';
import { counted, enumerated } from './numbers.ts';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

export interface ClockStyle {
  timeZone: string;
  /** BCP 47: decides between 12 and 24 hours. */
  language: string;
}

/** `10:25 AM`, or `22:25` where people count to 24. */
export function spokenTime(ms: number, { timeZone, language }: ClockStyle): string {
  const { hour, minute } = localTime(ms, timeZone);
  const minutes = String(minute).padStart(2, '0');
  if (countsTo24(language)) return `${hour}:${minutes}`;
  return `${hour % 12 || 12}:${minutes} ${hour < 12 ? 'AM' : 'PM'}`;
}

function countsTo24(language: string): boolean {
  const { hourCycle } = new Intl.DateTimeFormat(isLanguage(language) ? language : 'en', {
    hour: 'numeric',
  }).resolvedOptions();
  return hourCycle === 'h23' || hourCycle === 'h24';
}

function isLanguage(language: string): boolean {
  try {
    return Intl.getCanonicalLocales(language).length > 0;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** `Tuesday, November 24th`, with the year if it is another one */
export function spokenDay(day: CalendarDay, today: CalendarDay): string {
  const year = day.year === today.year ? '' : `, ${day.year}`;
  return `${WEEKDAYS[weekdayOf(day)]}, ${MONTHS[day.month - 1]} ${day.day}${suffixOf(day.day)}${year}`;
}

/** `at 10:25 AM`, `tomorrow at …`, `on Friday at …`, `on Tuesday, December 1st, at …` */
export function spokenMoment(ms: number, nowMs: number, clock: ClockStyle): string {
  const day = localTime(ms, clock.timeZone);
  const today = localTime(nowMs, clock.timeZone);
  const days = dayNumber(day) - dayNumber(today);
  const time = `at ${spokenTime(ms, clock)}`;
  if (days === 0) return time;
  if (days === 1) return `tomorrow ${time}`;
  if (days > 1 && days < 7) return `on ${WEEKDAYS[weekdayOf(day)]} ${time}`;
  return `on ${spokenDay(day, today)}, ${time}`;
}

/** `1 hour and 30 minutes` */
export function spokenDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), 'day'],
    [Math.floor(whole / 3_600) % 24, 'hour'],
    [Math.floor(whole / 60) % 60, 'minute'],
    [whole % 60, 'second'],
  ];
  const said = parts.filter(([count]) => count > 0).map(([count, unit]) => counted(count, unit));
  return said.length === 0 ? '0 seconds' : enumerated(said);
}
