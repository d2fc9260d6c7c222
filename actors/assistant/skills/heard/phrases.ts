/**
 * Finds a phrase among the words that were heard: as it is, or as something that sounds like it. Words may have been split or joined.
 */
import { canBeClose, kindsOf, soundCloseness } from './closeness.ts';
import { phonemesOf } from './phonemes.ts';
import type { Word } from './words.ts';

export interface PhraseMatch {
  from: number;
  /** Index of the first word after it. */
  to: number;
  /** 1: as it is. */
  strength: number;
  /** The alternative that was found. */
  phrase: string;
  /** The same; of one that is only how another is misheard, that other one: empty if the group does not say which. */
  meant: string;
}

interface Span {
  sounds: string;
  kinds: number;
}

/** Words that stand for one phrase, at most. */
const MAX_SPAN = 7;

interface Phrase {
  text: string;
  /** See `PhraseMatch`. */
  meant: string;
  words: readonly string[];
  sounds: string;
  /** See `kindsOf`. */
  kinds: number;
  wordSounds: readonly string[];
  /** The least closeness that counts. */
  least: number;
  /** How much it counts if it was heard as it is. */
  weight: number;
}

/** `timer|count down|=all|~time worth`: alternatives. One with `=` must be heard exactly; one with `~` is how another is misheard. */
const groups = new Map<string, readonly Phrase[]>();
/** The words that the rules know: when one of them was heard, it was hardly another one. */
const vocabulary = new Set<string>();

/** Words that decide between skills. */
const keyWords = new Set<string>();
export const isKeyWord = (word: string): boolean => keyWords.has(word);

/** A rule cannot do without one of these phrases: their words that are longer than three letters decide. */
export function learnKeyWords(groups: readonly string[]): void {
  for (const text of groups.flatMap((group) => group.split('|'))) {
    if (!text.startsWith('~') && !text.includes(' ') && text.replace('=', '').length > 3)
      keyWords.add(text.replace('=', ''));
  }
}

/** The words of these groups are known from now on. */
export function learnWords(known: readonly string[]): void {
  for (const group of known) {
    for (const text of group.split('|')) {
      if (!text.startsWith('~')) for (const word of text.replace('=', '').split(' ')) vocabulary.add(word);
    }
  }
}

function phrasesOf(group: string): readonly Phrase[] {
  const known = groups.get(group);
  if (known) return known;
  const alternatives = group.split('|');
  const plain = alternatives.flatMap((text) => (text.startsWith('~') ? [] : [text.replace('=', '')]));
  const phrases = alternatives.map((text): Phrase => {
    const words = text.replace(/[=~]/, '').split(' ');
    const wordSounds = words.map(phonemesOf);
    const sounds = wordSounds.join('');
    return {
      text: words.join(' '),
      meant: text.startsWith('~') ? closestTo(sounds, plain) : words.join(' '),
      words,
      wordSounds,
      sounds,
      kinds: kindsOf(sounds),
      least: leastOf(text, sounds.length),
      weight: text.startsWith('~') ? MISHEARD_WEIGHT : 1,
    };
  });
  groups.set(group, phrases);
  return phrases;
}

/** Of these the one that sounds most like it. */
function closestTo(sounds: string, phrases: readonly string[]): string {
  let closest = { phrase: '', closeness: -1 };
  for (const phrase of phrases) {
    const closeness = soundCloseness(sounds, phrase.split(' ').map(phonemesOf).join(''), 0);
    if (closeness > closest.closeness) closest = { phrase, closeness };
  }
  return closest.phrase;
}

function leastOf(text: string, length: number): number {
  if (text.startsWith('=')) return Number.POSITIVE_INFINITY;
  return text.startsWith('~') ? Math.max(LEAST_OF_MISHEARD, leastCloseness(length)) : leastCloseness(length);
}

function leastCloseness(length: number): number {
  if (length <= 3) return Number.POSITIVE_INFINITY;
  if (length <= 5) return 0.8;
  return length <= 8 ? 0.72 : 0.68;
}

const LEAST_OF_MISHEARD = 0.85;
const MISHEARD_WEIGHT = 0.92;
const LEAST_OF_WORD = 0.45;
/** For other known words than those of the phrase. */
const LEAST_OF_KNOWN = 0.93;

/** Most groups are not found: they share it. */
const NOWHERE: readonly PhraseMatch[] = [];

/** The words of one transcript. Matches are found once. */
export class PhraseFinder {
  readonly #words: readonly Word[];
  readonly #sounds: readonly string[];
  /** Whether the rules know the word. */
  readonly #known: readonly boolean[];
  /** The sounds of words that stand together, by the first and their number. */
  readonly #spans: readonly (readonly Span[])[];
  readonly #found = new Map<string, readonly PhraseMatch[]>();

  constructor(words: readonly Word[]) {
    this.#words = words;
    this.#sounds = words.map(({ text }) => phonemesOf(text));
    this.#known = words.map(({ text }) => vocabulary.has(text));
    this.#spans = words.map((_, from) => {
      let sounds = '';
      return this.#sounds.slice(from, from + MAX_SPAN).map((sound) => {
        sounds += sound;
        return { sounds, kinds: kindsOf(sounds) };
      });
    });
  }

  /** All places of any of the alternatives, the best first. */
  find(group: string): readonly PhraseMatch[] {
    let matches = this.#found.get(group);
    if (!matches) {
      matches = phrasesOf(group)
        .flatMap((phrase) => this.#places(phrase))
        .sort((a, b) => b.strength - a.strength || b.to - b.from - (a.to - a.from));
      this.#found.set(group, matches.length > 0 ? matches : NOWHERE);
    }
    return matches;
  }

  /** Those that were heard as they are. */
  findExactly(group: string): readonly PhraseMatch[] {
    return phrasesOf(group)
      .flatMap((phrase) => this.#exactPlaces(phrase))
      .sort((a, b) => b.to - b.from - (a.to - a.from));
  }

  #exactPlaces({ words, text, meant, weight }: Phrase): PhraseMatch[] {
    const found: PhraseMatch[] = [];
    const [first] = words;
    for (let from = 0; from + words.length <= this.#words.length; from++) {
      if (this.#words[from]?.text !== first || !words.every((word, i) => this.#words[from + i]?.text === word))
        continue;
      found.push({ from, to: from + words.length, strength: weight, phrase: text, meant });
    }
    return found;
  }

  #places(phrase: Phrase): PhraseMatch[] {
    const found = this.#exactPlaces(phrase);
    if (!Number.isFinite(phrase.least)) return found;
    const { length } = phrase.words;
    for (let from = 0; from < this.#words.length; from++) {
      if (found.some((exact) => exact.from === from)) continue;
      for (let to = from + Math.max(1, length - 1); to <= Math.min(this.#words.length, from + length + 1); to++) {
        const strength = this.#strength(phrase, from, to);
        if (strength > 0) found.push({ from, to, strength, phrase: phrase.text, meant: phrase.meant });
      }
    }
    return found;
  }

  /** They are other words that the rules know. */
  #areKnown(words: readonly string[], from: number): boolean {
    return words.every((word, i) => this.#known[from + i] === true || this.#words[from + i]?.text === word);
  }

  #strength({ words, wordSounds, sounds, kinds, least, weight }: Phrase, from: number, to: number): number {
    const heard = this.#spans[from]?.[to - from - 1];
    if (!heard) return 0;
    const length = Math.max(heard.sounds.length, sounds.length);
    // Nearly all places end here.
    if (!canBeClose(heard.kinds, kinds, (1 - least) * length)) return 0;
    const isOther = to - from === words.length && this.#areKnown(words, from);
    const needed = isOther ? LEAST_OF_KNOWN : least;
    const closeness = soundCloseness(heard.sounds, sounds, needed);
    if (closeness < needed) return 0;
    // As many words: then each of them must be a little like its own.
    const isLike =
      to - from !== words.length ||
      words.length === 1 ||
      wordSounds.every((sound, i) => soundCloseness(this.#sounds[from + i] ?? '', sound, 0) >= LEAST_OF_WORD);
    return isLike ? closeness * 0.98 * weight : 0;
  }
}
