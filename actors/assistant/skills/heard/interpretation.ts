/**
 * One attempt to understand a transcript: which of its words a rule explains, and what it reads from them.
 */
import { type NumberSpan, numberAt, numberEndingAt, type Strictness } from './numbers.ts';
import { PhraseFinder, type PhraseMatch } from './phrases.ts';
import { type Word, wordsOf } from './words.ts';

/** Words that say little: it matters little whether a rule explains them. */
const FILLERS = new Set(
  'a an the is are am was be to of for in on at and or please can could would will you i me my it that this do does did so well hey ok okay just now oh um uh with from by up so there right want like let us your yes have has kindly some excuse sorry'.split(
    ' ',
  ),
);
const FILLER_WEIGHT = 0.15;
export const isFiller = (word: string): boolean => FILLERS.has(word);
/** A sentence that begins with one of these asks, and commands nothing. "Can you", "will you", "do not" command. */
const QUESTION_WORDS = new Set('what which when where who how why is are does did any anything'.split(' '));
/** Before a question, or before a command. */
const INTRODUCTIONS = new Set('and so well hey ok okay now then um uh please tell me'.split(' '));
const ASKING_PAIRS = /^(do|have|has|had) (i|we|you|they)$/;

/** Words that were taken for a phrase that sounds like them. */
export interface Misheard {
  heard: readonly string[];
  meant: string;
}

export interface HeardWords {
  words: readonly Word[];
  finder: PhraseFinder;
}

/** Texts of a turn or two of a few devices. Each takes about 30 kB. */
const KEPT_TEXTS = 64;
/** Longer ones are rare, and larger. */
const KEPT_CHARACTERS = 200;
/** In the order of their last use. */
const kept = new Map<string, HeardWords>();

/**
 * One text is read several times: to judge how well it is understood, to answer it, and as what was said before. What was found in it is kept for
 * the next time.
 */
export function heardWords(text: string): HeardWords {
  const heard = kept.get(text) ?? read(text);
  if (text.length > KEPT_CHARACTERS) return heard;
  kept.delete(text);
  kept.set(text, heard);
  const oldest = kept.size > KEPT_TEXTS ? kept.keys().next().value : undefined;
  if (oldest !== undefined) kept.delete(oldest);
  return heard;
}

/** For a person who wants what was said to be forgotten. */
export function forgetHeardWords(): void {
  kept.clear();
}

function read(text: string): HeardWords {
  const words = wordsOf(text);
  return { words, finder: new PhraseFinder(words) };
}

/** Of places that overlap, the one that was heard best; in the order of the words. */
export function withoutOverlaps<Place extends { from: number; to: number; strength: number }>(
  places: readonly Place[],
): Place[] {
  const chosen: Place[] = [];
  for (const place of [...places].sort((a, b) => b.strength - a.strength || b.to - b.from - (a.to - a.from))) {
    if (chosen.every(({ from, to }) => place.to <= from || place.from >= to)) chosen.push(place);
  }
  return chosen.sort((a, b) => a.from - b.from);
}

export class Interpretation {
  readonly words: readonly Word[];
  readonly #finder: PhraseFinder;
  /** How well each word is explained, 0 to 1. */
  readonly #explained: Float32Array;
  readonly #taken: PhraseMatch[] = [];

  constructor({ words, finder }: HeardWords) {
    this.words = words;
    this.#finder = finder;
    this.#explained = new Float32Array(words.length);
  }

  /** It is a question, for example "which reminders do I have". */
  isQuestion(): boolean {
    const at = this.words.findIndex(({ text }) => !INTRODUCTIONS.has(text));
    const first = this.words[at]?.text ?? '';
    return QUESTION_WORDS.has(first) || ASKING_PAIRS.test(`${first} ${this.words[at + 1]?.text}`);
  }

  isFree(at: number): boolean {
    return at >= 0 && at < this.words.length && this.#explained[at] === 0;
  }

  explain(from: number, to: number, strength = 1): void {
    for (let at = from; at < to; at++) this.#explained[at] = Math.max(this.#explained[at] ?? 0, strength);
  }

  /** Takes the best place of any of the alternatives (`timer|count down`). */
  take(group: string, least = 0): PhraseMatch | undefined {
    const match = this.find(group);
    if (match && match.strength < least) return undefined;
    if (!match) return undefined;
    this.explain(match.from, match.to, match.strength);
    this.#taken.push(match);
    return match;
  }

  /** The phrases that were taken for others: what was heard, and what was meant. */
  misheard(): Misheard[] {
    return this.#taken.flatMap(({ from, to, meant }) => {
      const heard = this.words.slice(from, to).map(({ text }) => text);
      return meant === '' || heard.join(' ') === meant ? [] : [{ heard, meant }];
    });
  }

  /** All places of the alternatives, as they are. */
  takeAll(group: string): void {
    for (const { from, to, strength } of this.#finder.findExactly(group))
      if (this.#areFree(from, to)) this.explain(from, to, strength);
  }

  /** How well any of the alternatives was heard, also in words that are taken; 0: not at all. */
  hears(group: string): number {
    return this.#finder.find(group)[0]?.strength ?? 0;
  }

  find(group: string): PhraseMatch | undefined {
    return this.#finder.find(group).find(({ from, to }) => this.#areFree(from, to));
  }

  findAll(group: string): PhraseMatch[] {
    return this.#finder.find(group).filter(({ from, to }) => this.#areFree(from, to));
  }

  #areFree(from: number, to: number): boolean {
    for (let at = from; at < to; at++) if (!this.isFree(at)) return false;
    return true;
  }

  /** The first number that no rule has taken yet. */
  number(strictness: Strictness = 'near'): number | undefined {
    for (const level of strictness === 'exact' ? (['exact'] as const) : (['exact', strictness] as const)) {
      for (let at = 0; at < this.words.length; at++) {
        if (!this.isFree(at)) continue;
        const found = numberAt(this.words, at, level);
        if (found && this.#areFree(at, found.to)) {
          this.explain(at, found.to, level === 'exact' ? 1 : 0.9);
          return found.value;
        }
      }
    }
    return undefined;
  }

  numberBefore(to: number, strictness: Strictness): (NumberSpan & { from: number }) | undefined {
    const found = numberEndingAt(this.words, to, strictness);
    return found && this.#areFree(found.from, found.to) ? found : undefined;
  }

  /** The free words from `from` on that stand together, fillers at both ends left out. They count as explained. */
  text(from = 0, to = this.words.length, isEdge: (word: string) => boolean = isFiller): string {
    const free: number[] = [];
    for (let at = from; at < to; at++) if (this.isFree(at)) free.push(at);
    while (free.length > 0 && isEdge(this.words[free[0] ?? 0]?.text ?? '')) free.shift();
    while (free.length > 0 && isEdge(this.words[free.at(-1) ?? 0]?.text ?? '')) free.pop();
    for (const at of free) this.explain(at, at + 1, 0.85);
    return free.map((at) => this.words[at]?.raw ?? '').join(' ');
  }

  /** The part of the transcript that is explained, 0 to 1. */
  coverage(): number {
    let explained = 0;
    let all = 0;
    this.words.forEach(({ text }, at) => {
      const weight = FILLERS.has(text) ? FILLER_WEIGHT : 1;
      all += weight;
      explained += weight * (this.#explained[at] ?? 0);
    });
    return all === 0 ? 0 : explained / all;
  }
}
