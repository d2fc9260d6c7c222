/**
 * When something is to happen: "in ten minutes", "tomorrow at nine", "on Friday at noon", "tonight".
 */
import {
  type CalendarDay,
  dayNumber,
  dayOfNumber,
  instantOf,
  type LocalTime,
  localTime,
} from '../calendar/zoned-time.ts';
import { type ClockTime, HOUR_OF_PART, takeClockTime } from './clock-times.ts';
import { takeDay } from './days.ts';
import { takeDuration } from './durations.ts';
import type { Interpretation } from './interpretation.ts';

export interface LocalNow {
  nowMs: number;
  timeZone: string;
}

export type Due = { afterS: number } | { at: string };

/** Which of two times 12 hours apart an open hour means. */
export type Habit = 'wakes' | 'reminds';

/** Takes its words. `at`: local time, ISO 8601 without an offset. */
export function takeMoment(reading: Interpretation, { nowMs, timeZone }: LocalNow, habit: Habit): Due | undefined {
  const after = takeRelative(reading);
  if (after !== undefined) return { afterS: after };
  const now = localTime(nowMs, timeZone);
  const clock = takeClockTime(reading);
  const part = clock ? undefined : takePartOfDay(reading);
  const said = takeDay(reading, now)?.day;
  if (!clock && part === undefined && !said) return undefined;
  if (!clock) return { at: localIso({ ...(said ?? now), hour: part ?? 9, minute: 0 }) };
  if (said) return { at: localIso(onDay(said, now, clock, habit)) };
  return { at: localIso(nextTime(now, clock, habit)) };
}

/** "in ten minutes", "ten minutes from now", "after half an hour" */
function takeRelative(reading: Interpretation): number | undefined {
  const duration = takeDuration(reading);
  if (duration === undefined) return undefined;
  reading.takeAll('in|from now|after|within');
  return duration;
}

function takePartOfDay(reading: Interpretation): number | undefined {
  const match = reading.find('morning|noon|afternoon|evening|tonight|night');
  if (!match) return undefined;
  reading.explain(match.from, match.to, match.strength);
  return HOUR_OF_PART[match.phrase as keyof typeof HOUR_OF_PART];
}

/** At seven in the morning one is woken; at three one is reminded in the afternoon. */
function onDay(day: CalendarDay, now: LocalTime, clock: ClockTime, habit: Habit): Omit<LocalTime, 'second'> {
  const { hour, minute, isOpen } = clock;
  const isToday = dayNumber(day) === dayNumber(now);
  const first = habit === 'wakes' ? 3 : 7;
  const afternoon =
    isOpen && (hour === 12 || hour < first || (isToday && hour * 60 + minute <= now.hour * 60 + now.minute));
  return { ...day, hour: afternoon && hour < 12 ? hour + 12 : hour, minute };
}

function nextTime(now: LocalTime, { hour, minute, isOpen }: ClockTime, habit: Habit): Omit<LocalTime, 'second'> {
  const wakesEarly = habit === 'wakes' && hour >= 4 && hour < 12;
  const hours = isOpen && !wakesEarly ? [hour % 12, (hour % 12) + 12] : [hour];
  const minutesNow = now.hour * 60 + now.minute;
  const today = hours.find((each) => each * 60 + minute > minutesNow);
  if (today !== undefined) return { ...dayOf(now, 0), hour: today, minute };
  return { ...dayOf(now, 1), hour: hours[0] ?? hour, minute };
}

const dayOf = (now: CalendarDay, days: number): CalendarDay => dayOfNumber(dayNumber(now) + days);

export function localIso({ year, month, day, hour, minute }: Omit<LocalTime, 'second'>): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}`;
}

/** Of a tool's input. @returns undefined if it is no time */
export function parseIsoTime(text: string, timeZone: string): number | undefined {
  const match = /^(\d{4})-(\d\d?)-(\d\d?)[T ](\d\d?):(\d\d)(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/.exec(text.trim());
  if (!match) return undefined;
  if (match[6]) {
    const ms = Date.parse(text.trim().replace(' ', 'T'));
    return Number.isNaN(ms) ? undefined : ms;
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = match.slice(1, 6).map(Number);
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59) return undefined;
  return instantOf({ year, month, day, hour, minute }, timeZone);
}
