/**
 * Whether an English text can be all that somebody wants to say: from its words alone. Punctuation means nothing, except a comma: the
 * recogniser ends every text with a full stop. Pure.
 *
 * - `open`: it cannot end here: “what is the weather in”
 * - `lacking`: something seems to be missing, or was misheard: “tell me how many”
 * - `complete`: a question or a request that has all it needs: “what time is it”
 * - `unclear`: anything else
 */
export type SentenceState = 'open' | 'lacking' | 'complete' | 'unclear';

const set = (words: string) => new Set(words.split(' '));

/** Nothing ends with them, and a recogniser seldom hears them for something else: articles, prepositions, conjunctions, possessives. */
const NEVER_LAST = set(
  'a an the and or but because if of in to for from with by at as into about between during without my your our their um uh er hmm',
);
/** Another word follows them: articles, prepositions, conjunctions, possessives, auxiliaries, quantifiers. */
const OPEN = set(
  "a an the and or but so because if when while whether unless until since than that which who whose where why how what what's " +
    'to of in on at for with from by as into onto about between through during without within per versus ' +
    'my your his her its our their this these those every each another any some no both either next last very more most less ' +
    "is are was were am be been being has had have do does did will would can could should shall may might must i'm i'd i'll i've you're " +
    "we're we'll they're it's that's there's let's i we they he she um uh er hmm not just really also plus minus times divided multiplied " +
    'hey okay hi quarter point dot new other many much few called named good bad nice little big small old early shopping grocery',
);
/** Verbs that need an object, and what begins a phrase. */
const NEEDS_OBJECT = set(
  'add set tell give remind play turn put show convert spell calculate delete remove make say call find get buy need want ' +
    'supposed like know pick choose roll flip read take create add schedule begin change raise lower increase decrease wake ask',
);
/** Verbs after which “me” is not the object: “tell me”, “remind me”. */
const NEEDS_MORE_THAN_ME = set('tell remind give show wake let teach get make');
const UNITS = set(
  'minute minutes second seconds hour hours day days week weeks month months year years degrees percent o’clock am pm a.m p.m ' +
    'kilometers kilometres miles meters metres feet inches pounds kilograms grams ounces cups liters litres gallons celsius fahrenheit',
);
const TIMES = /^(minutes?|seconds?|hours?|days?|weeks?|months?|years?)$/;
const NUMBERS = set(
  'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty ' +
    'forty fifty sixty seventy eighty ninety hundred thousand million',
);
const QUESTION = set(
  "what what's whats when when's where where's who who's whose which why how how's is are was were do does did can could will would should have has",
);
const REQUEST = set(
  'set add tell give remind play turn put show convert spell calculate delete remove make say call find get start stop cancel ' +
    'roll flip pick choose read take create schedule change raise lower increase decrease wake pause resume repeat forget clear ' +
    'empty open close switch please let ask help throw count cross erase wipe',
);
/** Words with which alone everything is said. */
const WHOLE = set(
  'yes no yeah nope stop cancel thanks okay ok hello hi goodbye bye help repeat louder quieter sure never',
);

const AUXILIARIES = set(
  'is are was were am do does did can could will would shall should may might must have has had if that when where what who how why',
);
/** A question may end with one of these, anything else may not. */
const LAST_OF_QUESTION = set('do be like say said mean ask call know have need want go think get make use');
const PREPOSITIONS = set('to for with about of from in');
const POLITE = set('please hey okay ok so well and can could would will you i want need like to sorry');
/** Even if it begins in no known way: the recogniser mishears first words. */
const LONG_WORDS = 8;
/** “can you speak up a bit”: whatever the verb is. */
const LONG_REQUEST_WORDS = 5;
/** With them: between these numbers more may follow: “twenty”, “one hundred”. */
const ROUND = set('twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million');
/** What something is put into or taken from, and what is taken as a whole. */
const COLLECTIONS =
  /^(list|lists|calendar|agenda|schedule|cart|basket|timer|timers|alarm|alarms|reminder|reminders|it|that|them)$/;

export function sentenceState(text: string): SentenceState {
  if (/[,–—-]\s*$/.test(text)) return 'open';
  const words = wordsOf(text);
  const last = words.at(-1);
  const before = words.at(-2);
  if (last === undefined) return 'unclear';
  if (before === undefined)
    return WHOLE.has(last) ? 'complete' : NEVER_LAST.has(last) ? 'open' : OPEN.has(last) ? 'lacking' : 'unclear';
  if (isOpen(words, last, before)) return NEVER_LAST.has(last) ? 'open' : 'lacking';
  return isComplete(words, last, before) ? 'complete' : 'unclear';
}

function isOpen(words: readonly string[], last: string, before: string): boolean {
  const isQuestion = words.some((word) => /^(what|who|where|when|how|why|which)/.test(word));
  // “what time will it” is open, “what time is it” is not
  if (last === 'it') return /^(will|would|can|could|does|did|do|should|has|had)$/.test(before);
  // “can you” is open, “nice to meet you” is not
  if (last === 'you') return AUXILIARIES.has(before) && !(isQuestion && /^(are|were)$/.test(before));
  // “remind me” is open, “I must call her at six, can you remind me” is not
  if (last === 'me') return NEEDS_MORE_THAN_ME.has(before) && !isQuestion && words.length < LONG_WORDS;
  // “how much is that”, “how many minutes three hours are”
  if (last === 'that' && isQuestion) return !AUXILIARIES.has(before);
  if (/^(is|are)$/.test(last) && isQuestion && words.length >= LONG_REQUEST_WORDS) return !isWholeClause(words);
  // “any more”, “so much”
  if (last === 'more') return before !== 'any';
  if (last === 'much') return before !== 'so' && !words.join(' ').endsWith('is how much');
  if (last === 'half') return before !== 'a' || !words.includes('and');
  // “do you know what time it is”
  if (isQuestion && last === 'is' && before === 'it') return false;
  // “what can you do”, “what time will it be”, “what are you good for”
  if (isQuestion && words.length >= 4 && LAST_OF_QUESTION.has(last)) return /^(the|a|an|my|your|to)$/.test(before);
  // “put some jazz on”, “turn it off”
  if (/^(on|off|up|down)$/.test(last)) {
    const begins = /^(put|turn|switch|wake|speak|shut)$/.test(words[0] ?? '');
    return words.length < 3 || !(begins || /^(is|are)$/.test(before) || (isQuestion && before === 'go'));
  }
  if (/^(?!let's).*'s$/.test(last)) return true;
  // “what are you good for”, or “what is the weather in”
  if (isQuestion && words.length >= 5 && PREPOSITIONS.has(last))
    return !/^(good|you|it|they|we|i|he|she|me)$/.test(before);
  if (OPEN.has(last)) return true;
  // “what do I need to buy” is not, “what is the thing that I need to buy” neither; “I need to buy” is
  if (NEEDS_OBJECT.has(last)) return !isQuestion || words.length < LONG_REQUEST_WORDS;
  // “can you please”, “start a nine minute”
  if (last === 'please') return words.length < 4 && before === 'you';
  if (/^(minute|second|hour|day|week|month|year)$/.test(last)) return isNumber(before) && !/^(one|1)$/.test(before);
  // “how many cups”, “what time”, “which day”
  return words.length <= 3 && isQuestion && !words.some((word) => AUXILIARIES.has(word) || word === 'it');
}

function isComplete(words: readonly string[], last: string, before: string): boolean {
  if (words.length < 3) return false;
  if (last === 'please') return true;
  if (isHalfQuestion(words, last) || lacksPart(words, last)) return false;
  if (isNumber(last)) return isCalculation(words, last);
  // “anymore”, “any more”
  if (last === 'anymore' || (last === 'more' && before === 'any')) return words.length >= LONG_REQUEST_WORDS;
  if (/^thanks?$/.test(words.find((word) => !/^(great|okay|ok|perfect)$/.test(word)) ?? '')) return true;
  if (UNITS.has(last)) return beginsAsRequest(words) && isWholeUnit(words, last, before);
  return beginsAsRequest(words) || words.length >= LONG_WORDS;
}

/** “how many minutes three hours are”, “tell me what day it is”: a subject between the word of the question and the verb. */
function isWholeClause(words: readonly string[]): boolean {
  const question = words.findLastIndex((word) => /^(what|who|where|when|how|which)$/.test(word));
  return words.length - question >= LONG_REQUEST_WORDS - 1;
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
  if (QUESTION.has(words[0] ?? '') && !TIMES.test(last)) return false;
  return isNumber(before) || isNumber(words.at(-3) ?? '');
}

/** “twelve times seventeen”: two numbers, of which the second has no further digits. */
function isCalculation(words: readonly string[], last: string): boolean {
  if (ROUND.has(last)) return false;
  const operator = words.findLastIndex((word) => /^(plus|minus|times|by|and|from)$/.test(word));
  return operator > 0 && words.slice(0, operator).some(isNumber) && words.slice(operator + 1).every(isNumber);
}

/** What a request mostly has beside its verb. */
function lacksPart(words: readonly string[], last: string): boolean {
  const has = (pattern: RegExp) => words.some((word) => pattern.test(word));
  if (has(/^set$/) || (has(/^(timer|alarm)$/) && has(/^(start|create|make)$/))) {
    // “for an hour and a half”
    return !words.some(isNumber) && last !== 'half';
  }
  if (has(/^remind$/)) return !words.some(isNumber) || !has(/^to$/);
  if (has(/^wake$/)) return !words.some(isNumber);
  if (has(/^convert$/)) return !has(/^to$/);
  // What is to be said may go on.
  if (has(/^(say|repeat|remember)$/)) return !/^(again|that|it|everything)$/.test(last);
  if (has(/^(divide|multiply)$/)) return !has(/^by$/);
  if (has(/^subtract$/)) return !has(/^from$/);
  if (has(/^(add|put|take|remove|delete)$/)) {
    return !has(COLLECTIONS) && !words.some(isNumber) && !/^(on|off|up|down)$/.test(last);
  }
  // “how many days are left” until when, “what do I have” to do
  return (has(/^many$/) && last === 'left') || (has(/^what$/) && last === 'have');
}

function isNumber(word: string): boolean {
  return NUMBERS.has(word) || /\d/.test(word);
}

function wordsOf(text: string): string[] {
  return (
    text
      .toLowerCase()
      .replaceAll('’', "'")
      .match(/[\p{L}\p{N}][\p{L}\p{N}'.]*/gu)
      ?.map((word) => word.replace(/\.+$/, '')) ?? []
  );
}
