/**
 * Whether an English text can be all that somebody wants to say: from its words alone. Punctuation means nothing, except a comma: the
 * recogniser ends every text with a full stop. Pure.
 *
 * - `open`: it cannot end here: “what is the weather in”
 * - `lacking`: something seems to be missing, or was misheard: “tell me how many”
 * - `complete`: a question or a request that has all it needs: “who am I talking to”
 * - `extendable`: the same in a few words, and a time or a place may follow: “what time is it” in Tokyo, “what is the date” tomorrow
 * - `unclear`: anything else
 */
import {
  AUXILIARIES,
  COLLECTIONS,
  LAST_OF_QUESTION,
  LONG_REQUEST_WORDS,
  LONG_WORDS,
  MISHEARD_ARTICLE_AFTER,
  MISSES_NOTHING_BUT_THAT,
  NEEDS_MORE_THAN_ME,
  NEEDS_OBJECT,
  NEVER_LAST,
  NUMBERS,
  OPEN,
  POLITE,
  PREPOSITIONS,
  QUESTION,
  RELATIONS,
  REQUEST,
  ROUND,
  TIME_OR_WEATHER,
  TIMES,
  TIMES_AND_PLACES,
  UNIT_WORDS,
  WHOLE,
} from './english-words.ts';

/** With one of these before it, “do” ends a question. */
const HELPS_DO = /^(can|could|should|would|will|shall|may|might|must|do|does|did|is|are|to)$/;

export type SentenceState = 'open' | 'lacking' | 'complete' | 'extendable' | 'unclear';

export function sentenceState(text: string): SentenceState {
  if (/[,–—-]\s*$/.test(text)) return 'open';
  const words = lowerCaseWords(text);
  const last = words.at(-1);
  const before = words.at(-2);
  if (last === undefined) return 'unclear';
  if (WHOLE.has(words.join(' '))) return 'complete';
  if (before === undefined) return NEVER_LAST.has(last) ? 'open' : OPEN.has(last) ? 'lacking' : 'unclear';
  if (isOpen(words, last, before)) return NEVER_LAST.has(last) ? 'open' : 'lacking';
  if (!isComplete(words, last, before)) return 'unclear';
  return isExtendable(words) ? 'extendable' : 'complete';
}

function isOpen(words: readonly string[], last: string, before: string): boolean {
  const isQuestion = words.some((word) => /^(what|who|where|when|how|why|which)/.test(word));
  if (isHalfClause(words, last, before)) return true;
  // “what time will it” is open, “what time is it” is not
  if (last === 'it') return /^(will|would|can|could|does|did|do|should|has|had)$/.test(before);
  // “can you” is open, “nice to meet you” is not
  if (last === 'you') return AUXILIARIES.has(before) && !(isQuestion && /^(are|were)$/.test(before));
  // “remind me” is open, “I must call her at six, can you remind me” is not
  if (last === 'me') return NEEDS_MORE_THAN_ME.has(before) && !isQuestion && words.length < LONG_WORDS;
  // “how much is that”, “can you repeat that”
  if (last === 'that' && (isQuestion || MISSES_NOTHING_BUT_THAT.has(before)))
    return !AUXILIARIES.has(before) && !MISSES_NOTHING_BUT_THAT.has(before);
  if (/^(is|are)$/.test(last) && isQuestion && words.length >= LONG_REQUEST_WORDS) return !isWholeClause(words);
  // “any more”, “so much”
  if (last === 'more') return before !== 'any';
  if (last === 'much') return !/^(so|very|too)$/.test(before) && !words.join(' ').endsWith('is how much');
  if (last === 'half') return before !== 'a' || !words.includes('and');
  // “when ten minutes have” passed, “what do I have”
  if (last === 'have' && isQuestion) return !has(words, /^(do|does|did)$/);
  // “do you know what time it is”
  if (isQuestion && last === 'is' && before === 'it') return false;
  // “what kind of questions do” you answer; but “what can you do”
  if (isQuestion && last === 'do' && !words.slice(0, -1).some((word) => HELPS_DO.test(word))) return true;
  // “what can you do”, “what time will it be”, “what are you good for”
  if (isQuestion && words.length >= 4 && LAST_OF_QUESTION.has(last)) return /^(the|a|an|my|your|to)$/.test(before);
  // “put some jazz on”, “turn it off”
  if (/^(on|off|up|down)$/.test(last)) {
    const begins = /^(put|turn|switch|wake|speak|shut)$/.test(words[0] ?? '');
    return words.length < 3 || !(begins || /^(is|are)$/.test(before) || (isQuestion && before === 'go'));
  }
  if (/^(?!let's).*'s$/.test(last)) return true;
  // “what are you good for”, “who am I talking to”, “which year are we in”; or “what is the weather in”, “what time is it in”
  if (isQuestion && words.length >= 4 && PREPOSITIONS.has(last)) {
    // “what did I want to be reminded of”, “what is it made of”
    if (last === 'of' && /^(reminded|thinking|made)$/.test(before)) return false;
    if (/^(to|in)$/.test(last)) return !/(ing|^(we|you|i))$/.test(before) || (last === 'to' && before === 'you');
    return !/^(good|you|it|they|we|i|he|she|me)$/.test(before);
  }
  if (OPEN.has(last)) return true;
  // “what do I need to buy” is not, “what is the thing that I need to buy” neither; “I need to buy” is
  if (NEEDS_OBJECT.has(last)) return !isQuestion || words.length < LONG_REQUEST_WORDS;
  // “can you please”, “start a nine minute”
  if (last === 'please') return words.length < 4 && before === 'you';
  if (/^(minute|second|hour|day|week|month|year)$/.test(last)) return isNumber(before) && !/^(one|1)$/.test(before);
  // “how many cups”, “what time”, “which day”
  return words.length <= 3 && isQuestion && !words.some((word) => AUXILIARIES.has(word) || /'s$|^it$/.test(word));
}

function isComplete(words: readonly string[], last: string, before: string): boolean {
  // “louder, please”
  if (last === 'please') return true;
  if (words.length < 3) return false;
  if (isHalfQuestion(words, last) || lacksPart(words, last) || mayGoOn(words, last)) return false;
  if (isNumber(last)) return isCalculation(words);
  // “anymore”, “any more”
  if (last === 'anymore' || (last === 'more' && before === 'any')) return words.length >= LONG_REQUEST_WORDS;
  if (/^thanks?$/.test(words.find((word) => !/^(great|okay|ok|perfect)$/.test(word)) ?? '')) return true;
  if (UNIT_WORDS.has(last)) return beginsAsRequest(words) && isWholeUnit(words, last, before);
  return beginsAsRequest(words) || words.length >= LONG_WORDS;
}

/** “tell me how many minutes three hours are”: a subject between the word of the question and the verb. “What day of the week is” has none. */
function isWholeClause(words: readonly string[]): boolean {
  const question = words.findLastIndex((word) => /^(what|who|where|when|how|which)$/.test(word));
  return question > 0 && words.length - question >= LONG_REQUEST_WORDS - 1;
}

/** What the time, the date or the weather is: here and now, or elsewhere and then. Who asks with many words has said where and when before them. */
function isExtendable(words: readonly string[]): boolean {
  if (words.length >= LONG_WORDS) return false;
  const asks = has(words, /^((what|how|which)('?s)?|is|do|will|tell|give|know)$/);
  // “what time is it, please” is all; “please tell me the date” may not be
  return asks && words.at(-1) !== 'please' && has(words, TIME_OR_WEATHER) && !has(words, TIMES_AND_PLACES);
}

/** “what did I ask” you, “what is seven” times twelve, “can you roll” a die. */
function isHalfQuestion(words: readonly string[], last: string): boolean {
  if (words.length > 4) return false;
  if (words[1] === 'you' && POLITE.has(words[0] ?? '')) return !/^(do|stop|help)$/.test(last);
  if (words.length === 3 && words[0] === 'what' && words[1] === 'is') return !/^(it|this|that)$/.test(last);
  return QUESTION.has(words[0] ?? '') && LAST_OF_QUESTION.has(last) && !/^(do|be)$/.test(last);
}

/** A question or a request. */
function beginsAsRequest(words: readonly string[]): boolean {
  const first = words.find((word) => !POLITE.has(word));
  // “I'd like to hear some music”, “I need to buy milk”
  if (/^i( want|'d like| need) to \S+ \S/.test(words.join(' '))) return true;
  // “what we claim to rehearse” was misheard: a question has a verb.
  if (/^(what|which|when|where|who|how)$/.test(first ?? '') && !words.some(isVerbOfQuestion)) return false;
  if (first !== undefined && (QUESTION.has(first) || REQUEST.has(first))) return true;
  return /^(can|could|would|will)$/.test(words[0] ?? '') && words[1] === 'you' && words.length >= LONG_REQUEST_WORDS;
}

function isVerbOfQuestion(word: string): boolean {
  return /^(is|are|was|were|am|do|does|did|can|could|will|would|shall|should|may|might|must|have|has|had)(n't)?$|'(s|re|ll|d)$/.test(
    word,
  );
}

/** “for ten minutes”, “in pounds”. “For one hour” may go on: “and thirty minutes”; so may “what is seventy degrees Fahrenheit”: “in Celsius”. */
function isWholeUnit(words: readonly string[], last: string, before: string): boolean {
  if (/^(in|to|into)$/.test(before)) return words.some((word) => isNumber(word) || /^(many|much)$/.test(word));
  if (/^hours?$/.test(last) && words.includes('for')) return false;
  // “the current year”
  if (/^(day|week|month|year)$/.test(last)) return !/^(what|which|many|much)$/.test(before);
  // A measure is mostly to be converted; a time may be set.
  if (!TIMES.test(last) && !/^(am|pm|a\.m|p\.m|o'clock)$/.test(last)) return /^(to|at|by)$/.test(words.at(-3) ?? '');
  return isNumber(before) || isNumber(words.at(-3) ?? '');
}

/** “twelve times seventeen”: two numbers, of which the second has no further digits. */
function isCalculation(words: readonly string[]): boolean {
  if (isRound(words)) return false;
  // “one hundred and forty” is one number, and often the first one
  const isInNumber = (i: number) => words[i] === 'and' && /^(hundred|thousand)$/.test(words[i - 1] ?? '');
  const operator = words.findLastIndex((word, i) => /^(plus|minus|times|by|and|from)$/.test(word) && !isInNumber(i));
  const isSecond = (word: string, i: number) => isNumber(word) || isInNumber(operator + 1 + i);
  return operator > 0 && words.slice(0, operator).some(isNumber) && words.slice(operator + 1).every(isSecond);
}

/** Digits may follow: “twenty” five, “two hundred” and ten. Hardly after “two hundred and forty”. */
export function isRound(words: readonly string[]): boolean {
  return ROUND.has(words.at(-1) ?? '') && !(words.at(-2) === 'and' && words.at(-3) === 'hundred');
}

/** “do you know what time” it is, “what will the date” be, “tell me all” my timers, “is it going” to rain. */
function isHalfClause(words: readonly string[], last: string, before: string): boolean {
  if (/^(what|which)$/.test(before) && words.length > 2) return !/^(is|if|about|next|now)$/.test(last);
  if (last === 'it') return /^(what|which)$/.test(words.at(-3) ?? '') && !AUXILIARIES.has(before);
  if (last === 'all') return before === 'me';
  if (last === 'going') return before === 'it' && !words.includes('how');
  return /^(((what|when|where|how|who) )?(will|would|did|does|do)) (the|my|your|a|an) \S+$/.test(words.join(' '));
}

/** It is a sentence, and often not the whole one. */
function mayGoOn(words: readonly string[], last: string): boolean {
  const text = words.join(' ');
  // “the capital” of what
  if (RELATIONS.has(last)) return words.includes('the') && !has(words, /^(of|a|your|my|his|her)$/);
  // “put milk on” the list
  if (last === 'on') return words.includes('put');
  // “which things can I ask” you about
  if (last === 'ask') return true;
  // “I want to hear it”: the recogniser takes the “a” before a pause for it.
  if (last === 'it' && MISHEARD_ARTICLE_AFTER.has(words.at(-2) ?? '')) return true;
  // “from one” hundred
  if (last === 'one') return words.some(isNumber);
  // “how long does it take” to boil an egg
  if (/^takes?$/.test(last)) return words.at(-2) === 'it' && words.includes('long');
  if (has(words, /^(what|when|where|which|how|do|can|could|should)$/)) return false;
  // “remind me in ten minutes to check” what, “I have to take out” what
  if (
    /\b(remind|reminder|have to|must|tell me to)\b.*\b(to|must) (?!(go|leave|come|sleep)\b)\S+( (out|off|up))?$/.test(
      text,
    )
  )
    return true;
  // “tomorrow at nine I have to take out the trash”: please remind me
  return /\bi (have|must) /.test(text) && !has(words, /^(remind|please)$/);
}

/** What a request mostly has beside its verb. */
function lacksPart(words: readonly string[], last: string): boolean {
  if (has(words, /^reminder$/) && has(words, /^(set|give|make|create|add|want|need)$/))
    return !words.some(isNumber) || !has(words, /^(to|about)$/);
  if (has(words, /^set$/) || (has(words, /^(timer|alarm)$/) && has(words, /^(start|create|make)$/))) {
    // “for an hour and a half”
    return !words.some(isNumber) && last !== 'half';
  }
  if (has(words, /^remind$/)) return !words.some(isNumber) || !has(words, /^to$/);
  if (has(words, /^wake$/) || (has(words, /^let$/) && has(words, /^forget$/))) return !words.some(isNumber);
  if (has(words, /^change$/)) return !has(words, /^to$/);
  if (has(words, /^convert$/)) return !has(words, /^to$/);
  // What is to be said may go on.
  if (has(words, /^(say|repeat|remember)$/)) return !/^(again|that|it|everything)$/.test(last);
  if (has(words, /^(divide|multiply)$/)) return !has(words, /^by$/);
  if (has(words, /^subtract$/)) return !has(words, /^from$/);
  if (has(words, /^(add|put|take|remove|delete)$/)) {
    return !has(words, COLLECTIONS) && !words.some(isNumber) && !/^(on|off|up|down)$/.test(last);
  }
  // “how many days are left” until when, “what do I have” to do
  return (has(words, /^many$/) && last === 'left') || (has(words, /^what$/) && last === 'have');
}

function has(words: readonly string[], pattern: RegExp): boolean {
  return words.some((word) => pattern.test(word));
}

export function isNumber(word: string): boolean {
  return NUMBERS.has(word) || /\d/.test(word);
}

/** In lower case, without punctuation but apostrophes. */
export function lowerCaseWords(text: string): string[] {
  return (
    text
      .toLowerCase()
      .replaceAll('’', "'")
      .match(/[\p{L}\p{N}][\p{L}\p{N}'.]*/gu)
      ?.map((word) => word.replace(/\.+$/, '')) ?? []
  );
}
