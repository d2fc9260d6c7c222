/**
 * Durations: "five minutes", "an hour and a half", "half an hour", "two hours and ten minutes", "90 seconds".
 */
import { type Interpretation, withoutOverlaps } from './interpretation.ts';
import { numberAt } from './numbers.ts';

const UNITS: readonly [names: string, seconds: number][] = [
  ['second|seconds|=sec|=secs', 1],
  ['minute|minutes|=min|=mins', 60],
  ['hour|hours', 3_600],
  ['day|days', 86_400],
  ['week|weeks', 604_800],
];
/** Longer than any timer. */
const MAX_S = 366 * 86_400;

export interface DurationSpan {
  seconds: number;
  from: number;
  to: number;
}

/** The first duration among the words that no rule has taken yet. Takes its words. */
export function takeDuration(reading: Interpretation): number | undefined {
  const units = UNITS.flatMap(([names, unitS]) => reading.findAll(names).map((match) => ({ ...match, unitS })));
  const parts = withoutOverlaps(units).flatMap((unit) => partEndingWith(reading, unit));
  const [first, ...others] = parts;
  if (!first) return undefined;
  let { seconds, to } = first;
  reading.explain(first.from, first.to);
  for (const next of others) {
    // "two hours and ten minutes", "two hours ten minutes"
    const isJoined = next.from === to || (next.from === to + 1 && reading.words[to]?.text === 'and');
    if (!isJoined) continue;
    seconds += next.seconds;
    reading.explain(to, next.to);
    to = next.to;
  }
  return seconds > 0 && seconds <= MAX_S ? Math.round(seconds) : undefined;
}

const isUnit = (word: string): boolean =>
  /^(?:sec|min|hour|day|week|second|minute|point|percent|degree|oclock|am|pm)/.test(word);

function partEndingWith(reading: Interpretation, unit: { from: number; to: number; unitS: number }): DurationSpan[] {
  const text = (at: number): string => reading.words[at]?.text ?? '';
  const { unitS } = unit;
  // "to send" sounds like two seconds.
  if (text(unit.from) === 'send') return [];
  // "one hour thirty"
  const minutes = unitS === 3_600 ? numberAt(reading.words, unit.to, 'exact') : undefined;
  const hasMinutes = minutes !== undefined && minutes.value > 0 && minutes.value < 60 && !isUnit(text(minutes.to));
  // "an hour and a half", "two minutes and a half"
  const extra =
    text(unit.to) === 'and' && text(unit.to + 1) === 'a' ? ({ half: 0.5, quarter: 0.25 }[text(unit.to + 2)] ?? 0) : 0;
  const to = extra > 0 ? unit.to + 3 : unit.to;
  // "half an hour", "a quarter of an hour", "three quarters of an hour"
  const hasArticle = text(unit.from - 1) === 'an' || text(unit.from - 1) === 'a' || text(unit.from - 1) === 'of';
  if (hasArticle) {
    const end = text(unit.from - 2) === 'of' ? unit.from - 2 : unit.from - 1;
    const fraction = reading.numberBefore(end, 'exact');
    if (fraction && fraction.value < 1 && fraction.value > 0)
      return [{ seconds: fraction.value * unitS, from: fraction.from, to }];
  }
  if (text(unit.from - 1) === 'more' || text(unit.from - 1) === 'another') {
    const more = reading.numberBefore(unit.from - 1, 'near');
    if (more) return [{ seconds: more.value * unitS, from: more.from, to }];
    if (text(unit.from - 1) === 'another') return [{ seconds: unitS, from: unit.from - 1, to }];
  }
  const isCouple =
    text(unit.from - 1) === 'couple' || (text(unit.from - 1) === 'of' && text(unit.from - 2) === 'couple');
  if (isCouple) return [{ seconds: 2 * unitS, from: unit.from - 1, to }];
  const amount =
    reading.numberBefore(unit.from, 'exact') ??
    reading.numberBefore(unit.from, 'near') ??
    reading.numberBefore(unit.from, 'expected');
  // "and hour": "an hour"
  if (!amount && text(unit.from - 1) === 'and' && !text(unit.from).endsWith('s'))
    return [{ seconds: unitS * (1 + extra), from: unit.from - 1, to }];
  if (!amount) return [];
  const seconds = (amount.value + extra) * unitS;
  return [
    hasMinutes
      ? { seconds: seconds + 60 * minutes.value, from: amount.from, to: minutes.to }
      : { seconds, from: amount.from, to },
  ];
}
