/**
 * Cuts a text into sentences while it is being written. The first clause of the text comes as soon as it stands, so that
 * speech can begin; then sentences, short ones together with the next. Pure; the result does not depend on the pieces in
 * which the text arrives.
 *
 * `Intl.Segmenter` finds the sentences. It ends one after `Dr.`, after an initial and after the number of a list, so such
 * sentences are joined again.
 */
export interface SentenceOptions {
  /** BCP 47. */
  language: string;
  /** Longer sentences are cut between clauses, else between words. */
  maxCharacters?: number;
}

export interface Sentences {
  /** The next piece of the text. Returns the sentences that are complete now. */
  push(text: string): string[];
  /** The text is complete. Returns the rest. */
  end(): string[];
}

export const MAX_SENTENCE_CHARACTERS = 240;
/** The first clause has at least so many; a shorter one would be over before the next one is spoken. */
const FIRST_CLAUSE_CHARACTERS = 24;
/** Shorter sentences are spoken together with the next one: a voice pauses after each. */
const SHORT_CHARACTERS = 20;

/** Words after which a full stop does not end a sentence: English, German, French, Spanish, Italian. Also initials. */
const ABBREVIATION =
  /(?:^|[\s(“„"'])(?:mr|mrs|ms|dr|prof|st|vs|etc|approx|dept|inc|ltd|jr|sr|gen|col|sgt|capt|rev|hon|fig|vol|pp|ed|nr|bzw|usw|ca|str|tel|evtl|ggf|inkl|mme|mlle|sra|srta|dott|sig|\p{L}|(?![ap]\.\s?m\.)(?:\p{L}\.\s?)+\p{L})\.\s*$/iu;
/** "No. 5": with a number only, because "No." is also an answer. */
const NUMBER_SIGN = /(?:^|\s)nos?\.\s*$/i;
/** The number of an item of a list. */
const LIST_NUMBER = /(?:^|[\n.!?:;]\s*)\d{1,3}[.)]\s*$/;
/** "am 3. Mai": languages that write ordinal numbers with a full stop. */
const ORDINAL = /(?:^|\s)\d{1,3}\.\s*$/;
const ORDINAL_LANGUAGES = /^(?:de|da|nb|nn|no|fi|cs|sk|pl|hu|hr|sl|sr|et|lv|is|tr)\b/i;
const CLAUSE_END = /[,;:–—]\s+$/;
/** Ends of sentences in scripts that write no space after them. */
const WIDE_END = /[。！？｡]/;

export function createSentences({ language, maxCharacters = MAX_SENTENCE_CHARACTERS }: SentenceOptions): Sentences {
  const segmenter = new Intl.Segmenter(supported(language), { granularity: 'sentence' });
  const hasOrdinals = ORDINAL_LANGUAGES.test(language);
  let buffer = '';
  let isFirst = true;
  /** The first half of a character whose second half has not arrived. */
  let half = '';

  /** What is complete at this point, where `buffer` ends with the first character after a space, or with a wide full stop. */
  function take(complete: string[]): void {
    const head = buffer.slice(0, lastWordStart(buffer));
    const parts = split(buffer);
    const whole = parts.slice(0, -1).join('');
    if (whole !== '' && (isFirst || whole.trim().length >= SHORT_CHARACTERS)) emit(whole, complete);
    else if (isFirst && CLAUSE_END.test(head) && head.trim().length >= FIRST_CLAUSE_CHARACTERS) emit(head, complete);
  }

  function emit(head: string, complete: string[]): void {
    buffer = buffer.slice(head.length);
    const text = head.trim();
    if (text === '') return;
    complete.push(text);
    isFirst = false;
  }

  /** The sentences of a text; all together are the text. */
  function split(text: string): string[] {
    const parts: string[] = [];
    for (const { segment } of segmenter.segment(text)) {
      const last = parts.at(-1);
      if (last !== undefined && isOpen(last, segment)) parts[parts.length - 1] = last + segment;
      else parts.push(segment);
    }
    return parts;
  }

  function isOpen(text: string, next: string): boolean {
    if (NUMBER_SIGN.test(text)) return /^\d/.test(next);
    return ABBREVIATION.test(text) || LIST_NUMBER.test(text) || (hasOrdinals && ORDINAL.test(text));
  }

  return {
    push(text) {
      const complete: string[] = [];
      // Decided at the beginning of each word, whatever the pieces are.
      const [whole = '', rest = ''] = (half + text).split(/([\uD800-\uDBFF])$/);
      half = rest;
      for (const character of whole) {
        const isWordStart = /\s$/.test(buffer) && /\S/.test(character);
        buffer += character;
        if (isWordStart || WIDE_END.test(character)) take(complete);
        if (buffer.length > maxCharacters) emit(buffer.slice(0, cutPosition(buffer, maxCharacters)), complete);
      }
      return complete;
    },
    end() {
      const complete: string[] = [];
      for (const part of join(split(buffer + half))) emit(part, complete);
      return complete;
    },
  };

  /** Short sentences together with the next one. */
  function join(parts: string[]): string[] {
    const joined: string[] = [];
    for (const part of parts) {
      const last = joined.at(-1);
      const mayGrow = last !== undefined && last.trim().length < SHORT_CHARACTERS && !(isFirst && joined.length === 1);
      if (mayGrow && last.length + part.length <= maxCharacters) joined[joined.length - 1] = last + part;
      else joined.push(part);
    }
    return joined;
  }
}

/** An unknown language has the general rules. */
function supported(language: string): string[] {
  try {
    return Intl.Segmenter.supportedLocalesOf(language);
  } catch {
    return [];
  }
}

function lastWordStart(text: string): number {
  return text.length - (/\S+$/.exec(text)?.[0].length ?? 0);
}

/** Where to cut a text that is too long: after a clause, else after a word, else anywhere but within a character. */
function cutPosition(text: string, maxCharacters: number): number {
  const head = text.slice(0, maxCharacters);
  const clause = Math.max(...[...head.matchAll(/[,;:–—.!?]\s/g)].map(({ index }) => index + 2), 0);
  if (clause > maxCharacters / 3) return clause;
  const word = head.search(/\s\S*$/) + 1;
  if (word > maxCharacters / 3) return word;
  const isPair = /[\uD800-\uDBFF]$/.test(head);
  return isPair ? maxCharacters - 1 : maxCharacters;
}
