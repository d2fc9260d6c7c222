/**
 * The words of a transcript, normalised: lower case, no punctuation, contractions written out. Numbers stay as they were written.
 */

export interface Word {
  /** Normalised. */
  text: string;
  /** As the recogniser wrote it, without punctuation. */
  raw: string;
  /** A comma follows. */
  hasComma: boolean;
}

/** Longer transcripts are cut: nobody asks a skill that much. */
const MAX_WORDS = 60;

/** What the recogniser writes in more than one way. Applied in this order to the text in lower case. */
const SPELLINGS: readonly [RegExp, string][] = [
  [/[’‘`´]/g, "'"],
  [/\bo'? ?clock\b/g, 'oclock'],
  [/\b([ap])\.? ?m\b\.?/g, '$1m'],
  [/\bto-(day|night|morrow)\b/g, 'to$1'],
  [/(\d),(?=\d{3}\b)/g, '$1'],
  [/(\d) ?%/g, '$1 percent'],
  [/%/g, ' percent'],
  [/\bper cent\b/g, 'percent'],
  [/°/g, ' degrees '],
  [/(\d)\s*[x×]\s*(?=\d)/g, '$1 times '],
  [/÷/g, ' divided by '],
  [/(^|[\s\d])\+(?=[\s\d])/g, '$1 plus '],
  [/(\d) ?= ?$/g, '$1'],
  [/(\d)(?=[a-z])(?!st|nd|rd|th|am|pm)/g, '$1 '],
  [/(\d)([ap]m)\b/g, '$1 $2'],
  [/\b(what|who|where|when|how|that|it|there|here|he|she)'s\b/g, '$1 is'],
  [/\bwhats\b/g, 'what is'],
  [/\bi'm\b/g, 'i am'],
  [/\b(\w+)'re\b/g, '$1 are'],
  [/\b(\w+)'ll\b/g, '$1 will'],
  [/\b(\w+)'ve\b/g, '$1 have'],
  [/\b(\w+)'d\b/g, '$1 would'],
  [/\bcan't\b/g, 'can not'],
  [/\bwon't\b/g, 'will not'],
  [/\b(\w+)n't\b/g, '$1 not'],
  [/\b(\w+)'s\b/g, '$1'],
  [/-(?=[a-z])|(?<=[a-z])-/g, ' '],
];
/** How some words are misheard again and again. After those above. */
export const MISHEARD: readonly [RegExp, string][] = [
  [/\btime,? (?:er|or|her|earth|worth|of war|of our|of or|of order)\b/g, 'timer'],
  [/\b([a-z]{2,})timer\b/g, '$1 timer'],
  [/\btimeer\b/g, 'timer'],
  [/\bto,? (?:morrow|marrow|morro|model|monroe)\b/g, 'tomorrow'],
  [/\bthe morrow\b/g, 'tomorrow'],
  [/\binto ours\b/g, 'in two hours'],
  [/\binto (?=(?:seconds|minutes|hours|days|weeks)\b)/g, 'in two '],
  [/\bnext to (?=(?:mon|tues|wednes|thurs|fri|satur|sun)day)/g, 'next '],
  [/^whether\b/, 'what are'],
  [
    /\b(?:a t|a tea|a tee|t\. ?a|h\.? e)\b\.?(?=\W*$|\W+what|\W+how| (?:degrees|percent|seconds|minutes|divided|times|plus))/g,
    'eighty',
  ],
  [/\bhave past\b/g, 'half past'],
  [/^now,? (?=(?:long|much|many|far|soon|old|are you|is the)\b)/g, 'how '],
  [/\bbut (?=(?:time|day|date|year|have i|did i)\b)/g, 'what '],
  [/^but (?=(?:is|was|are|am|were|do|does|did|have|has|can|will|would|should|else)\b)/, 'what '],
  [/\b(what|which|current) (?:here|ear)\b/g, '$1 year'],
  [/^(?:said|sat|sad) (?=(?:an?|the|my|another|\d+|one|two|three|four|five|six|seven|eight|nine|ten)\b)/, 'set '],
  [/^(?:started|sorted|spartered) (?=.*\btimer\b)/, 'start a '],
  [/^i had (?=.*\b(?:to|on) (?:my|the)\b.*\blist\b)/, 'add '],
  // "A timer for ten minutes": "four ten", "fourteen"
  [
    /\btime(?:r|,? of|,? or),? (?:four|fore)[ ,-]+(?:or )?(?=(?:an?|half|\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|\w+ty)\b)/g,
    'timer for ',
  ],
  [/\b(an?|another) timer fourteen (?=(?:seconds|minutes|hours)\b)/g, '$1 timer for ten '],
  [/^turned (?=(?:it|the|that|up|down|off|on)\b)/g, 'turn '],
  [/\bunder (?:the )?clock\b/g, 'on the clock'],
  [/\bplenty (?=(?:one|two|three|four|five|six|seven|eight|nine|seconds|minutes|hours|percent)\b)/g, 'twenty '],
  [/,? (?:a|in) place\W*$/g, ' please'],
];
/** After those above. */
const PHRASES: readonly [RegExp, string][] = [
  [/\b(?:a|one) dozen\b/g, 'twelve'],
  // Not a timer of one second.
  [/\ba second (?=timer\b)/g, 'a new '],
  // How people lead up to what they want.
  [
    /^(?:please )?(?:i (?:need|want|would like) you to|would you be so kind (?:as )?to|do me a favou?r(?: and|,)|go ahead and|i was wondering if you could|i would appreciate it if you (?:could|would)|would you mind|you can|you should) (?=\w)/,
    '',
  ],
  [/^telling me\b/, 'tell me'],
];

const NORMALISATIONS = [...SPELLINGS, ...MISHEARD, ...PHRASES];

export function wordsOf(transcript: string): Word[] {
  let text = transcript.toLowerCase();
  for (const [spelling, replacement] of NORMALISATIONS) text = text.replace(spelling, replacement);
  const words = text.match(/(?:\d+(?:[.:]\d+)*(?:st|nd|rd|th)?|[\p{L}']+),?/gu) ?? [];
  const raws = rawWords(transcript);
  return words.slice(0, MAX_WORDS).flatMap((word) => {
    const bare = word.replace(/[',]/g, '');
    return bare === '' ? [] : [{ text: bare, raw: raws.get(bare) ?? bare, hasComma: word.endsWith(',') }];
  });
}

/** Names keep their capital letters: what was recognised, by its normalised form. */
function rawWords(transcript: string): Map<string, string> {
  const raws = new Map<string, string>();
  for (const raw of transcript.match(/[\p{L}][\p{L}']*/gu) ?? []) {
    const isFirst = raws.size === 0;
    raws.set(raw.toLowerCase().replaceAll("'", ''), isFirst && raw !== 'I' ? raw.toLowerCase() : raw);
  }
  return raws;
}
