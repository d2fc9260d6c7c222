/**
 * The words of numbers, and what they are misheard as.
 */
import { soundCloseness } from './closeness.ts';
import { phonemesOf } from './phonemes.ts';
import type { Word } from './words.ts';

const UNITS =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
export const TENS: readonly string[] = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
export const SCALES: ReadonlyMap<string, number> = new Map([
  ['hundred', 100],
  ['thousand', 1_000],
  ['million', 1e6],
  ['billion', 1e9],
]);
/** Below a hundred. */
export const SMALL: ReadonlyMap<string, number> = new Map([
  ...UNITS.map((word, value): [string, number] => [word, value]),
  ...TENS.map((word, at): [string, number] => [word, 20 + 10 * at]),
]);
/** The whole has so many of them. */
export const FRACTIONS: ReadonlyMap<string, number> = new Map([
  ['half', 2],
  ['third', 3],
  ['thirds', 3],
  ['quarter', 4],
  ['quarters', 4],
  ['fourth', 4],
  ['fourths', 4],
  ['fifth', 5],
  ['fifths', 5],
  ['sixth', 6],
  ['sixths', 6],
  ['eighth', 8],
  ['eighths', 8],
  ['tenth', 10],
  ['tenths', 10],
]);
export const ORDINALS: ReadonlyMap<string, number> = new Map([
  ...'zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth'
    .split(' ')
    .map((word, value): [string, number] => [word, value]),
  ['twentieth', 20],
  ['thirtieth', 30],
]);

/** `word:heard,heard`: words that sound like a number and are one only where a number must stand. */
const HOMOPHONES = new Map(
  `zero:oh one:won,a,an,want,when two:to,too,do three:tree,free,their four:for,fore,forth,fourth,fort,or five:fife,fine,fifth,hive
  six:sics,sex,sixth,sicks seven:seventh eight:ate,hate,eighth,aid,eh,it nine:mine,night,wine,ninth,line ten:tin,tan,tenth,den
  forty:ford,forte fifty:fifthy,50 twelve:wells,dwell,well,wealth eleven:heaven,leaven`
    .split(/\s+/)
    .flatMap((entry) => {
      const [word = '', heard = ''] = entry.split(':');
      return heard.split(',').map((each): [string, string] => [each, word]);
    }),
);
/** These never are a misheard number. */
const NEVER = new Set(
  `time timer times the then than on in at of is minute minutes second seconds hour hours day days often most left add set said twin
  from point percent plus eat either even ever every into what much many how timers tame tuesday sunday sent cent set list last volume
  teens dozen forget many any lights sister sisters`.split(/\s+/),
);
const SOUNDS = [...SMALL.keys(), ...SCALES.keys()].map((word) => ({ word, sounds: phonemesOf(word) }));
const LEAST_JOINED = 0.82;
/** Of a number word that may have been split into several words. */
const MIN_JOINED_SOUNDS = 5;
const MAX_CACHED = 4_000;

/**
 * - `exact`: as it is written.
 * - `near`: also a word that sounds like a number.
 * - `expected`: a number must stand here; also "to", "for", "a".
 */
export type Strictness = 'exact' | 'near' | 'expected';

const isExact = (word: string): boolean => SMALL.has(word) || SCALES.has(word);

/** The number word that stands here, and how many words it takes. */
export function numberWordAt(
  words: readonly Word[],
  at: number,
  strictness: Strictness,
): { word: string; length: number } | undefined {
  const heard = words[at]?.text ?? '';
  if (isExact(heard)) return { word: heard, length: 1 };
  if (strictness === 'exact' || heard === '' || /^\d/.test(heard)) return undefined;
  const homophone = HOMOPHONES.get(heard);
  if (homophone !== undefined) {
    // "to hundred grams", "forty for by twelve"
    const mustBe = strictness === 'expected' || SCALES.has(words[at + 1]?.text ?? '') || isBetween(words, at);
    return mustBe ? { word: homophone, length: 1 } : undefined;
  }
  if (NEVER.has(heard) || FRACTIONS.has(heard)) return undefined;
  const single = nearest(heard);
  return single === undefined ? joined(words, at) : { word: single, length: 1 };
}

/** Between a number and what stands after a number. */
function isBetween(words: readonly Word[], at: number): boolean {
  const next = words[at + 1]?.text ?? '';
  return (
    TENS.includes(words[at - 1]?.text ?? '') &&
    /^(by|plus|minus|times|divided|percent|degrees|minutes|seconds)$/.test(next)
  );
}

const cache = new Map<string, string | undefined>();

function nearest(word: string): string | undefined {
  if (cache.has(word)) return cache.get(word);
  const sounds = phonemesOf(word);
  let least = 0.72;
  if (sounds.length <= 5) least = sounds.length <= 3 ? 0.86 : 0.74;
  const found = closest(sounds, least);
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(word, found);
  return found;
}

/** "he'll have in": eleven */
function joined(words: readonly Word[], at: number): { word: string; length: number } | undefined {
  for (const length of [2, 3]) {
    const parts = words.slice(at, at + length).map(({ text }) => text);
    if (parts.length < length || parts.some((part) => isExact(part) || NEVER.has(part) || /^\d/.test(part)))
      return undefined;
    const word = closest(parts.map(phonemesOf).join(''), LEAST_JOINED, MIN_JOINED_SOUNDS);
    if (word !== undefined) return { word, length };
  }
  return undefined;
}

function closest(sounds: string, least: number, minSounds = 0): string | undefined {
  let best: string | undefined;
  let most = least;
  for (const candidate of SOUNDS) {
    if (candidate.sounds.length < minSounds) continue;
    const closeness = soundCloseness(sounds, candidate.sounds, most);
    if (closeness > most) {
      most = closeness;
      best = candidate.word;
    }
  }
  return best;
}
