/**
 * When each word of a sentence ends, from the phones that flite prints with their times. Which letters are which phones flite does not say, so
 * both are aligned with the least cost: a letter is one of the phones that it is usually spoken as, or silent; a digit is any number of them. Pure.
 */
import { inAscii } from './english-text.ts';

export interface TimedPhone {
  /** Of flite's set (radio). `pau`: silence. */
  symbol: string;
  endsAtMs: number;
}

/** @param text as the synthesizer gets it. Words are what stands between its spaces. @returns ms from the first sample, for each word */
export function wordEnds(text: string, phones: readonly TimedPhone[]): number[] {
  const said = inAscii(text).toLowerCase();
  const spokenBefore = phonesBefore(said, phones);
  return wordPositions(text, said).map((at) => {
    const last = phones.slice(0, spokenBefore[at]).findLast(({ symbol }) => symbol !== 'pau');
    return last?.endsAtMs ?? 0;
  });
}

/** Where the words of the text end in what is said. */
function wordPositions(text: string, said: string): number[] {
  const words = [...text.matchAll(/\S+/g)].map(({ 0: word, index }) => index + word.length);
  if (text.toLowerCase() === said) return words;
  let at = 0;
  return words.map((end, index) => {
    if (index === words.length - 1) return said.length;
    // What a word is said as may depend on the next one: then it is whole where the next space is.
    const length = Math.max(at, Math.min(said.length, inAscii(text.slice(0, end)).length));
    const space = said.indexOf(' ', length);
    at = space < 0 ? said.length : space;
    return at;
  });
}

/** The phones that letters are spoken as, most of them in usual words. */
const SOUNDS: Record<string, string> = {
  ...{ a: 'aa ae ah ao aw ax ay eh ey er', b: 'b', c: 'k s ch sh', d: 'd dx t jh', e: 'eh iy ey er ih ax', f: 'f v' },
  ...{ g: 'g jh zh f', h: 'hh sh ch th dh f', i: 'ih iy ay ax er y', j: 'jh y', k: 'k', l: 'l', m: 'm', n: 'n ng' },
  ...{ o: 'ow aa ao uw uh ah ax aw oy er w', p: 'p f', q: 'k', r: 'r er', s: 's z sh zh', t: 't d dx ch sh th dh' },
  ...{ u: 'uw uh ah ax w y er', v: 'v f', w: 'w v aw ow uw hh', x: 'k s z g', y: 'y iy ay ih', z: 'z s t' },
};
const PHONES_OF = new Map(Object.entries(SOUNDS).map(([letter, phones]) => [letter, new Set(phones.split(' '))]));
const VOWEL_LETTER = /[aeiouy]/;
const VOWEL = /^[aeiou]/;
const MARK = /[^a-z0-9$]/;

/** A letter that is spoken as another phone, one that is silent, and a phone without a letter; of a vowel and of a consonant. */
const COSTS = { pair: [3, 9], silent: [4, 6], extra: [5, 7], doubled: 1, ofNumber: 1, pauseInWord: 12 } as const;

function pairCost(letter: string, phone: string): number {
  if (MARK.test(letter) || phone === 'pau') return Number.POSITIVE_INFINITY;
  if (/[\d$]/.test(letter)) return COSTS.ofNumber;
  if (PHONES_OF.get(letter)?.has(phone)) return 0;
  return COSTS.pair[VOWEL_LETTER.test(letter) && VOWEL.test(phone) ? 0 : 1];
}

function silentCost(letter: string, before: string | undefined): number {
  if (MARK.test(letter)) return 0;
  if (letter === before) return COSTS.doubled;
  return COSTS.silent[VOWEL_LETTER.test(letter) ? 0 : 1];
}

function extraCost(phone: string, before: string | undefined): number {
  if (phone === 'pau') return before === undefined || MARK.test(before) ? 0 : COSTS.pauseInWord;
  if (before !== undefined && /[\d$]/.test(before)) return COSTS.ofNumber;
  return COSTS.extra[VOWEL.test(phone) ? 0 : 1];
}

const [PAIR, SILENT, EXTRA] = [0, 1, 2];

/** For each number of letters: how many phones are over with them. */
function phonesBefore(said: string, phones: readonly TimedPhone[]): Uint16Array {
  const width = phones.length + 1;
  const steps = new Uint8Array((said.length + 1) * width);
  let above = new Float32Array(width);
  for (let i = 0; i <= said.length; i++) {
    const letter = said[i - 1];
    const before = said[i - 2];
    const silent = letter === undefined ? Number.POSITIVE_INFINITY : silentCost(letter, before);
    const row = new Float32Array(width);
    for (let j = 0; j < width; j++) {
      if (i === 0 && j === 0) continue;
      const phone = phones[j - 1]?.symbol;
      const none = Number.POSITIVE_INFINITY;
      const pair = letter && phone ? (above[j - 1] as number) + pairCost(letter, phone) : none;
      const without = i > 0 ? (above[j] as number) + silent : none;
      const extra = phone ? (row[j - 1] as number) + extraCost(phone, letter) : none;
      const least = Math.min(pair, without, extra);
      row[j] = least;
      steps[i * width + j] = least === pair ? PAIR : least === without ? SILENT : EXTRA;
    }
    above = row;
  }
  return trace(steps, said.length, phones.length);
}

function trace(steps: Uint8Array, letters: number, phones: number): Uint16Array {
  const over = new Uint16Array(letters + 1);
  let [i, j] = [letters, phones];
  over[i] = j;
  while (i > 0) {
    const step = steps[i * (phones + 1) + j];
    if (step !== SILENT) j -= 1;
    if (step === EXTRA) continue;
    i -= 1;
    over[i] = j;
  }
  return over;
}
