/**
 * How much there is to say in each word of a sentence: its letters and its syllables, as it is spoken. 7 is “seven”, ° “degrees”, NASA is spelled.
 * Counted by spelling; that is near enough for languages with an alphabet. Pure.
 */

export interface SpokenWord {
  letters: number;
  syllables: number;
  /** A punctuation mark follows: mostly a pause. */
  hasMark: boolean;
}

/** What stands between spaces. */
export function wordSizes(text: string): SpokenWord[] {
  return (text.match(/\S+/g) ?? []).map((word) => {
    const parts = [...lettersOf(word), ...numbersOf(word), ...signsOf(word)];
    const sum = (key: 'letters' | 'syllables') => parts.reduce((all, part) => all + part[key], 0);
    return { letters: sum('letters'), syllables: sum('syllables'), hasMark: /[,.;:!?–—]["'”’)\]]*$/.test(word) };
  });
}

type Size = Omit<SpokenWord, 'hasMark'>;

/** In English, German, Russian, Greek: most are the middle of a syllable. */
const VOWELS = /[aeiouyаеёиоуыэюяіїєαεηιουω]+/g;
/** Of the end of an English word: “time”, “called”, “uses” has one more. */
const SILENT_END = /(?:[^aeiouyl]e|[^aeiouytd]ed|[^aeiouysxz]es)$/;
/** Of an alphabet without vowels, or none. */
const SYLLABLES_OF_LETTER = 0.5;

function lettersOf(word: string): Size[] {
  const plain = word.normalize('NFD').replace(/\p{M}/gu, '');
  return (plain.match(/\p{L}+/gu) ?? []).map((part) => {
    const isSpelled = part.length > 1 && part === part.toUpperCase() && part !== part.toLowerCase();
    if (isSpelled) return { letters: 2 * part.length, syllables: part.length };
    const lower = part.toLowerCase();
    const vowels = lower.match(VOWELS)?.length ?? 0;
    if (vowels === 0 && !/^[a-z]+$/.test(lower))
      return { letters: part.length, syllables: SYLLABLES_OF_LETTER * part.length };
    return { letters: part.length, syllables: Math.max(1, vowels - (SILENT_END.test(lower) ? 1 : 0)) };
  });
}

/** “Seven”, “ty”, “hundred and”; a year is said as two numbers. */
const DIGIT: Size = { letters: 4.5, syllables: 1.1 };
const TENS: Size = { letters: 2, syllables: 0.7 };
const HUNDREDS: Size = { letters: 7, syllables: 2 };
const YEAR: Size = { letters: 14, syllables: 5 };

function numbersOf(word: string): Size[] {
  return (word.match(/\d+/g) ?? []).flatMap((number) => {
    if (/^[1-9]\d{3}$/.test(number)) return YEAR;
    if (/^0+$/.test(number)) return DIGIT;
    return [...number].flatMap((digit, index) => {
      if (digit === '0') return [];
      const place = number.length - index;
      return place === 1 ? DIGIT : [DIGIT, place === 3 ? HUNDREDS : TENS];
    });
  });
}

function signsOf(word: string): Size[] {
  const units = word.match(/[°%€$£¥]/g) ?? [];
  const operators = word.match(/[&+=×÷/@#]/g) ?? [];
  return [...units.map(() => ({ letters: 7, syllables: 2 })), ...operators.map(() => ({ letters: 4, syllables: 1 }))];
}
