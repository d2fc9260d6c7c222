/**
 * Times of the day: "half past six", "quarter to seven", "7:30", "nine pm", "ten in the evening", "noon".
 */

import type { Interpretation } from './interpretation.ts';
import { numberAt } from './numbers.ts';

export interface ClockTime {
  /** 0 to 23; 1 to 12 if `isOpen`. */
  hour: number;
  minute: number;
  /** Morning or evening was not said. */
  isOpen: boolean;
}

const DAY_PARTS: readonly [names: string, part: 'am' | 'pm' | 'night'][] = [
  ['am|in the morning|tomorrow morning|this morning|morning', 'am'],
  [
    'pm|in the afternoon|this afternoon|tomorrow afternoon|afternoon|in the evening|this evening|tomorrow evening|evening',
    'pm',
  ],
  ['tonight|at night', 'night'],
];

/** "Meeting" is not "morning". */
const LEAST_OF_PART = 0.8;

/** When only a part of the day was said. */
export const HOUR_OF_PART = { morning: 9, noon: 12, afternoon: 15, evening: 19, tonight: 20, night: 21 } as const;

/** Takes its words. */
export function takeClockTime(reading: Interpretation): ClockTime | undefined {
  const named = reading.take(
    '=at noon|=at midday|=noon|=midday|=at midnight|=midnight|=mid night|=at noom|=at mood|=at moon|=at new',
  );
  if (named) return { hour: /mid ?night/.test(named.phrase) ? 0 : 12, minute: 0, isOpen: false };
  const found = hourAndMinute(reading);
  if (!found) return undefined;
  reading.explain(found.from, found.to);
  return { ...withDayPart(reading, found), minute: found.minute };
}

interface Found {
  hour: number;
  minute: number;
  from: number;
  to: number;
}

function hourAndMinute(reading: Interpretation): Found | undefined {
  const { words } = reading;
  const text = (at: number): string => words[at]?.text ?? '';
  for (let at = 0; at < words.length; at++) {
    if (!reading.isFree(at)) continue;
    const digits = /^(\d{1,2}):(\d\d)$/.exec(text(at));
    if (digits && Number(digits[1]) < 24 && Number(digits[2]) < 60)
      return { hour: Number(digits[1]), minute: Number(digits[2]), from: before(at), to: at + 1 };
  }
  const relation = relative(reading);
  if (relation) return relation;
  for (const strictness of ['exact', 'expected'] as const) {
    for (let at = 0; at < words.length; at++) {
      if (!reading.isFree(at)) continue;
      const isAnnounced =
        /^(at|for|by|around)$/.test(text(at - 1)) || (text(at - 1) === 'to' && /^(alarm|clock)$/.test(text(at - 2)));
      if (strictness === 'expected' && !isAnnounced) continue;
      const hour = numberAt(words, at, strictness);
      if (!hour || !isHour(hour.value)) continue;
      const minute = minuteAt(reading, hour.to);
      const isMarked = /^(oclock|am|pm|m)$/.test(text(minute?.to ?? hour.to)) || minute !== undefined;
      if (!isAnnounced && !isMarked) continue;
      let to = minute?.to ?? hour.to;
      if (text(to) === 'oclock') to++;
      return { hour: hour.value, minute: minute?.value ?? 0, from: before(at), to };
    }
  }
  const last = words.length - 1;
  const alone = numberAt(words, last, 'exact');
  if (alone && reading.isFree(last) && isHour(alone.value))
    return { hour: alone.value, minute: 0, from: last, to: last + 1 };
  return undefined;

  function before(at: number): number {
    return text(at - 1) === 'at' || text(at - 1) === 'for' ? at - 1 : at;
  }
}

const isHour = (value: number): boolean => Number.isInteger(value) && value >= 0 && value < 24;

function minuteAt(reading: Interpretation, at: number): { value: number; to: number } | undefined {
  const { words } = reading;
  const isOh = words[at]?.text === 'oh' || words[at]?.text === 'o';
  const minute = numberAt(words, isOh ? at + 1 : at, 'exact');
  if (!minute || !Number.isInteger(minute.value) || minute.value >= 60 || (minute.value < 10 && !isOh))
    return undefined;
  return minute;
}

/** "half past six", "twenty to nine", "quarter past two" */
function relative(reading: Interpretation): Found | undefined {
  const { words } = reading;
  const text = (at: number): string => words[at]?.text ?? '';
  for (let at = 1; at < words.length - 1; at++) {
    const word = text(at);
    if (
      !['past', 'passed', 'to', 'till', 'after', 'before', 'two', 'pass', 'pasta', 'parts', 'part'].includes(word) ||
      !reading.isFree(at)
    )
      continue;
    const isPast = word.startsWith('pa') || word === 'after';
    const end = text(at - 1) === 'minutes' ? at - 1 : at;
    const minutes =
      text(end - 1) === 'half'
        ? { value: 30, from: end - 1 }
        : text(end - 1) === 'quarter'
          ? { value: 15, from: end - 1 }
          : reading.numberBefore(end, 'near');
    const hour =
      numberAt(words, at + 1, 'exact') ??
      (isPast || text(end - 1) === 'quarter'
        ? numberAt(words, at + 1, text(end - 1) === 'quarter' ? 'expected' : 'near')
        : undefined);
    // "at four to return the book"
    const isWhole = minutes && (minutes.value % 5 === 0 || end < at);
    if (!isWhole || !minutes || !hour || !isHour(hour.value) || minutes.value >= 60 || minutes.value < 1) continue;
    const from = text(minutes.from - 1) === 'a' ? minutes.from - 1 : minutes.from;
    const start = text(from - 1) === 'at' ? from - 1 : from;
    const to = text(hour.to) === 'oclock' ? hour.to + 1 : hour.to;
    if (isPast) return { hour: hour.value, minute: minutes.value, from: start, to };
    return {
      hour: hour.value === 0 ? 23 : hour.value === 1 ? 12 : hour.value - 1,
      minute: 60 - minutes.value,
      from: start,
      to,
    };
  }
  return undefined;
}

function withDayPart(reading: Interpretation, { hour }: Found): Omit<ClockTime, 'minute'> {
  if (hour === 0 || hour > 12) return { hour, isOpen: false };
  for (const [names, part] of DAY_PARTS) {
    const match = reading.find(names);
    if (!match || match.strength < LEAST_OF_PART) continue;
    // "tomorrow morning", "tonight": the words of the date are needed again.
    const keepsDate = match.phrase.startsWith('tomorrow');
    reading.explain(keepsDate ? match.to - 1 : match.from, match.to, match.strength);
    if (part === 'am') return { hour: hour % 12, isOpen: false };
    const isAfterMidnight = part === 'night' && (hour === 12 || hour < 4);
    return { hour: isAfterMidnight ? hour % 12 : (hour % 12) + 12, isOpen: false };
  }
  return { hour, isOpen: true };
}
