/**
 * Days: "tomorrow", "next Friday", "the fourteenth of July", "in ten days", "Christmas".
 */
import { HOLIDAYS } from '../calendar/holidays.ts';
import { type CalendarDay, dayNumber, suffixOf } from '../calendar/zoned-time.ts';
import type { Interpretation } from './interpretation.ts';
import { numberAt, ordinalAt } from './numbers.ts';

export interface DaySpan {
  day: CalendarDay;
  /** How it is called: "Christmas", "next friday". */
  text: string;
}

/** Holidays are long words that others sound like. */
const LEAST_OF_NAME = 0.8;
const LEAST_OF_HOLIDAY = 0.86;

type Chrono = Pick<typeof import('chrono-node'), 'parse'>;
let chrono: Chrono | undefined;

/** Loads the parser of dates: once, before a day is read. */
export async function loadDays(): Promise<void> {
  chrono ??= await import('chrono-node');
}

const MONTHS = 'january|february|march|april|may|june|july|august|september|october|november|december';
const WEEKDAYS = 'monday|tuesday|wednesday|thursday|friday|saturday|sunday';
const NAMES = `today|tomorrow|yesterday|day after tomorrow|day before yesterday|${MONTHS}|${WEEKDAYS}|weekend`;
/** Part of a date, as they are. */
const CONNECTING = new Set(
  'next this last coming week month year weeks months days day in ago of the from now on'.split(' '),
);

/** Takes its words. */
export function takeDay(reading: Interpretation, today: CalendarDay): DaySpan | undefined {
  for (const { names, name, inYear } of HOLIDAYS) {
    const match = reading.take(names, LEAST_OF_HOLIDAY);
    if (!match) continue;
    const day = inYear(today.year);
    const isOver = dayNumber(day) < dayNumber(today);
    const year = /\d{4}/.exec(reading.words[match.to]?.text ?? '')?.[0];
    return { day: year ? inYear(Number(year)) : isOver ? inYear(today.year + 1) : day, text: name };
  }
  const pieces = datePieces(reading);
  const text = pieces.map((piece) => piece.text).join(' ');
  const found = parseDay(text, today);
  if (!found) return undefined;
  let at = 0;
  for (const piece of pieces) {
    const end = at + piece.text.length;
    if (at < found.to && end > found.from) reading.explain(piece.from, piece.to, piece.strength);
    at = end + 1;
  }
  return { day: found.day, text: text.slice(found.from, found.to) };
}

interface Piece {
  text: string;
  from: number;
  to: number;
  strength: number;
}

/** The free words, with what sounds like a part of a date written as such, and the rest as a mark that is no date. */
function datePieces(reading: Interpretation): Piece[] {
  const names = reading.findAll(NAMES).filter(({ strength }) => strength >= LEAST_OF_NAME);
  const pieces: Piece[] = [];
  for (let from = 0; from < reading.words.length; ) {
    const piece = reading.isFree(from) ? pieceAt(reading, from, names) : undefined;
    pieces.push(piece ?? { text: '|', from, to: from + 1, strength: 0 });
    from = piece?.to ?? from + 1;
  }
  return pieces;
}

function pieceAt(
  { words }: Interpretation,
  from: number,
  names: ReturnType<Interpretation['findAll']>,
): Piece | undefined {
  const text = words[from]?.text ?? '';
  const name =
    names.find((match) => match.from === from && match.strength === 1) ??
    (CONNECTING.has(text) ? undefined : names.find((match) => match.from === from));
  if (name) return { text: name.phrase, from, to: name.to, strength: name.strength };
  if (CONNECTING.has(text)) return { text, from, to: from + 1, strength: 1 };
  const ordinal = ordinalAt(words, from);
  if (ordinal) return { text: `${ordinal.value}${suffixOf(ordinal.value)}`, from, to: ordinal.to, strength: 1 };
  const number = numberAt(words, from, 'exact');
  return number && { text: String(number.value), from, to: number.to, strength: 1 };
}

/** @param text of a tool's input: what a person says, or an ISO date */
export function parseDay(text: string, today: CalendarDay): { day: CalendarDay; from: number; to: number } | undefined {
  if (!chrono) throw new Error('loadDays was not called');
  const iso = /^(\d{4})-(\d\d)-(\d\d)/.exec(text);
  if (iso) return { day: { year: Number(iso[1]), month: Number(iso[2]), day: Number(iso[3]) }, from: 0, to: 10 };
  const instant = new Date(Date.UTC(today.year, today.month - 1, today.day, 12));
  const [result] = chrono.parse(text, { instant, timezone: 0 }, { forwardDate: true });
  if (!result) return undefined;
  const [year, month, day] = (['year', 'month', 'day'] as const).map((part) => result.start.get(part));
  if (year == null || month == null || day == null || year < 1 || year > 9_999) return undefined;
  return { day: { year, month, day }, from: result.index, to: result.index + result.text.length };
}
