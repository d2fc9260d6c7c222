/**
 * Days that have a name.
 */
import { type CalendarDay, dayNumber, dayOfNumber, weekdayOf } from './zoned-time.ts';

type InYear = (year: number) => CalendarDay;

const fixed =
  (month: number, day: number): InYear =>
  (year) => ({ year, month, day });

/** @param nth 1: the first one of the month */
const nthWeekday =
  (month: number, weekday: number, nth: number): InYear =>
  (year) => ({ year, month, day: 1 + ((weekday - weekdayOf({ year, month, day: 1 }) + 7) % 7) + 7 * (nth - 1) });

/** The Gregorian calendar's Easter Sunday: Meeus, Jones and Butcher. */
function easter(year: number): CalendarDay {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30;
  const e = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - d - (c % 4)) % 7;
  const f = d + e - 7 * Math.floor((a + 11 * d + 22 * e) / 451) + 114;
  return { year, month: Math.floor(f / 31), day: (f % 31) + 1 };
}

const fromEaster =
  (days: number): InYear =>
  (year) =>
    dayOfNumber(dayNumber(easter(year)) + days);

/** Each with what people call it; the first is how it is spoken. */
export const HOLIDAYS: readonly { names: string; name: string; inYear: InYear }[] = [
  { names: 'christmas eve', name: 'Christmas Eve', inYear: fixed(12, 24) },
  { names: 'christmas day|christmas|xmas', name: 'Christmas', inYear: fixed(12, 25) },
  { names: 'boxing day', name: 'Boxing Day', inYear: fixed(12, 26) },
  { names: 'new years eve|new year eve|new year is eve', name: "New Year's Eve", inYear: fixed(12, 31) },
  { names: 'new years day|new years|new year|the new year', name: "New Year's Day", inYear: fixed(1, 1) },
  { names: 'valentines day|valentine day|valentines', name: "Valentine's Day", inYear: fixed(2, 14) },
  { names: 'saint patricks day|st patricks day', name: "Saint Patrick's Day", inYear: fixed(3, 17) },
  { names: 'april fools day|april fools', name: "April Fools' Day", inYear: fixed(4, 1) },
  { names: 'good friday', name: 'Good Friday', inYear: fromEaster(-2) },
  { names: 'easter monday', name: 'Easter Monday', inYear: fromEaster(1) },
  { names: 'easter sunday|easter', name: 'Easter Sunday', inYear: easter },
  { names: 'mothers day|mother day', name: "Mother's Day", inYear: nthWeekday(5, 0, 2) },
  { names: 'fathers day|father day', name: "Father's Day", inYear: nthWeekday(6, 0, 3) },
  { names: 'independence day', name: 'Independence Day', inYear: fixed(7, 4) },
  { names: 'labor day', name: 'Labor Day', inYear: nthWeekday(9, 1, 1) },
  { names: 'halloween', name: 'Halloween', inYear: fixed(10, 31) },
  { names: 'thanksgiving|thanksgiving day', name: 'Thanksgiving', inYear: nthWeekday(11, 4, 4) },
];
