/**
 * Finds a phrase among the words that were heard: as it is, or as something that sounds like it. Words may have been split or joined.
 */
import { soundCloseness } from './closeness.ts';
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
}

interface Phrase {
  text: string;
  words: readonly string[];
  sounds: string;
  wordSounds: readonly string[];
  /** The least closeness that counts. */
  least: number;
}

/** `timer|count down|=all`: alternatives; one with `=` must be heard exactly. */
const groups = new Map<string, readonly Phrase[]>();
/** All words of all phrases: who hears one of them has probably not heard another. */
const vocabulary = new Set<string>();

function phrasesOf(group: string): readonly Phrase[] {
  const known = groups.get(group);
  if (known) return known;
  const phrases = group.split('|').map((text): Phrase => {
    const words = text.replace('=', '').split(' ');
    for (const word of words) vocabulary.add(word);
    const wordSounds = words.map(phonemesOf);
    const sounds = wordSounds.join('');
    return {
      text: words.join(' '),
      words,
      wordSounds,
      sounds,
      least: text.startsWith('=') ? Number.POSITIVE_INFINITY : leastCloseness(sounds.length),
    };
  });
  groups.set(group, phrases);
  return phrases;
}

function leastCloseness(length: number): number {
  if (length <= 3) return Number.POSITIVE_INFINITY;
  if (length <= 5) return 0.8;
  return length <= 8 ? 0.72 : 0.68;
}

const LEAST_OF_WORD = 0.45;

/** The words of one transcript. Matches are found once. */
export class PhraseFinder {
  readonly #words: readonly Word[];
  readonly #sounds: readonly string[];
  readonly #found = new Map<string, readonly PhraseMatch[]>();

  constructor(words: readonly Word[]) {
    this.#words = words;
    this.#sounds = words.map(({ text }) => phonemesOf(text));
  }

  /** All places of any of the alternatives, the best first. */
  find(group: string): readonly PhraseMatch[] {
    let matches = this.#found.get(group);
    if (!matches) {
      matches = phrasesOf(group)
        .flatMap((phrase) => this.#places(phrase))
        .sort((a, b) => b.strength - a.strength || b.to - b.from - (a.to - a.from));
      this.#found.set(group, matches);
    }
    return matches;
  }

  #places(phrase: Phrase): PhraseMatch[] {
    const found: PhraseMatch[] = [];
    const { length } = phrase.words;
    for (let from = 0; from < this.#words.length; from++) {
      if (phrase.words.every((word, i) => this.#words[from + i]?.text === word)) {
        found.push({ from, to: from + length, strength: 1, phrase: phrase.text });
        continue;
      }
      for (let to = from + Math.max(1, length - 1); to <= Math.min(this.#words.length, from + length + 1); to++) {
        const strength = this.#strength(phrase, from, to);
        if (strength > 0) found.push({ from, to, strength, phrase: phrase.text });
      }
    }
    return found;
  }

  #strength({ words, wordSounds, sounds, least }: Phrase, from: number, to: number): number {
    if (least > 1) return 0;
    const heard = this.#sounds.slice(from, to).join('');
    // Exactly other known words are no mishearing, unless they are as many words as sounds can confuse.
    const isOther = to - from === 1 && words.length === 1 && vocabulary.has(this.#words[from]?.text ?? '');
    const needed = isOther ? 0.93 : least;
    const closeness = soundCloseness(heard, sounds, needed);
    if (closeness < needed) return 0;
    // As many words: then each of them must be a little like its own.
    const isLike =
      to - from !== words.length ||
      words.length === 1 ||
      wordSounds.every((sound, i) => soundCloseness(this.#sounds[from + i] ?? '', sound, 0) >= LEAST_OF_WORD);
    return isLike ? closeness * 0.98 : 0;
  }
}
