/** English words by what may follow them, for the state of a sentence. */
const set = (words: string) => new Set(words.split(' '));

/** Nothing ends with them, and a recogniser seldom hears them for something else: articles, prepositions, conjunctions, possessives. */
export const NEVER_LAST = set(
  'a an the and or but because if till of in to for from with by at as into about between during without my your our their um uh er hmm',
);
/** Another word follows them: articles, prepositions, conjunctions, possessives, auxiliaries, quantifiers. */
export const OPEN = set(
  "a an the and or but so because if when while whether unless until till since than that which who whose where why how what what's " +
    'to of in on at for with from by as into onto about between through during without within per versus ' +
    'my your his her its our their this these those every each another any some no both either next last very more most less ' +
    "is are was were am be been being has had have do does did will would can could should shall may might must i'm i'd i'll i've you're " +
    "we're we'll they're it's that's there's let's i we they he she um uh er hmm not just really also still only already usually plus minus times divided multiplied " +
    'hey okay hi quarter point dot new other many much few called named told rid current latest previous following same good bad nice little big small old early shopping grocery',
);
/** Verbs that need an object, and what begins a phrase. */
export const NEEDS_OBJECT = set(
  'add set tell give remind play turn put show convert spell calculate delete remove make say call find get buy need want ' +
    'supposed like know pick choose roll flip read take create add schedule begin change raise lower increase decrease wake ask ' +
    'got wrote invented discovered directed',
);
/** Verbs after which “me” is not the object: “tell me”, “remind me”. */
export const NEEDS_MORE_THAN_ME = set('tell remind give show wake let teach get make');
export const UNIT_WORDS = set(
  'minute minutes second seconds hour hours day days week weeks month months year years degrees percent o’clock am pm a.m p.m ' +
    'kilometers kilometres miles meters metres feet inches pounds kilograms grams ounces cups liters litres gallons kilo kilos gram celsius fahrenheit',
);
export const TIMES = /^(minutes?|seconds?|hours?|days?|weeks?|months?|years?)$/;
export const NUMBERS = set(
  'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty ' +
    'forty fifty sixty seventy eighty ninety hundred thousand million',
);
export const QUESTION = set(
  "what what's whats when when's where where's who who's whose which why how how's is are was were do does did can could will would should have has",
);
export const REQUEST = set(
  'set add tell give remind play turn put show convert spell calculate delete remove make say call find get start stop cancel ' +
    'roll flip pick choose read take create schedule change raise lower increase decrease wake pause resume repeat forget clear ' +
    'empty open close switch please let ask help throw count cross erase wipe',
);
/** With one of these alone everything is said. */
export const WHOLE = new Set(
  (
    'yes|no|yeah|nope|stop|cancel|thanks|okay|ok|hello|hi|goodbye|bye|help|repeat|louder|quieter|sure|never|pardon|good morning|good afternoon|' +
    "good evening|good night|hey there|hi there|hello there|thank you|thank you very much|come again|how's it going|how have you been|never mind|" +
    'be quiet|shut up|stop it|help me|bye bye'
  ).split('|'),
);

export const AUXILIARIES = set(
  'is are was were am do does did can could will would shall should may might must have has had if that when where what who how why',
);
/** A question may end with one of these, anything else may not. */
export const LAST_OF_QUESTION = set('do be like say said mean ask call know have need want go think get make use');
export const PREPOSITIONS = set('to for with about of from in');
export const POLITE = set('please hey okay ok so well and can could would will you i want need like to sorry');
/** A text of so many words is a sentence, even if it begins in no known way: the recogniser mishears first words. */
export const LONG_WORDS = 8;
/** A request of so many words is a sentence, whatever its verb is: “can you speak up a bit”. */
export const LONG_REQUEST_WORDS = 5;
/** Numbers after which another one may follow: “twenty” five, “one hundred” and ten. */
export const ROUND = set('twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million');
/** Something follows them that says of what: “the capital of”. */
export const RELATIONS = set(
  'sum capital author president king queen population height length depth weight meaning definition root distance number name price cost owner',
);
/** What something is put into or taken from, and what is taken as a whole. */
export const COLLECTIONS =
  /^(list|lists|calendar|agenda|schedule|cart|basket|timer|timers|alarm|alarms|reminder|reminders|it|that|them)$/;
export const TIME_OR_WEATHER =
  /^(time|date|day|year|month|weekday|weather|forecast|temperature|traffic|cold|warm|hot|rain|rainy|sunny|umbrella)$/;
/** Who asks for a time or the weather with one of these has said when or where. */
export const TIMES_AND_PLACES =
  /^(in|at|on|of|for|from|after|before|now|today|tomorrow|tonight|yesterday|current|currently|outside|here|there|next|this|left|until|till)$/;
/** Before “a” and a noun; before “it” less often. */
export const MISHEARD_ARTICLE_AFTER = set('in on of for with to hear know have need want take call add tell like');
/** Verbs after which “that” is an object: “can you repeat that”. After others a sentence follows: “remember that” I am away. */
export const MISSES_NOTHING_BUT_THAT = set('repeat say do did does stop hear catch spell cancel delete like was is');
/** Days, as the last word of what is to be done or known. */
export const DAYS = set('today tomorrow tonight yesterday');
/** What is well understood, and ends with one of these, is all that was to be said. */
export const LAST_WORDS = set(
  'list lists timer timers alarm alarms reminder reminders say said help you remember left again over today tomorrow tonight yesterday night ' +
    'morning christmas easter birthday year what name',
);
