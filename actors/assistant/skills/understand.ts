/**
 * Finds the skill and its input in what was heard.
 */
import { soundCloseness } from './heard/closeness.ts';
import { type HeardWords, heardWords, Interpretation, isFiller, type Misheard } from './heard/interpretation.ts';
import type { LocalNow } from './heard/moments.ts';
import { phonemesOf } from './heard/phonemes.ts';
import { isKeyWord } from './heard/phrases.ts';
import { type Word, wordsOf } from './heard/words.ts';
import { OURS, OUTSIDE, OUTSIDE_AT_BEGINNING, OUTSIDE_QUESTIONS } from './outside.ts';
import { Question, type ReadInput, type Rule, type Skill } from './skill.ts';

export interface Understood {
  tool: string;
  input: ReadInput;
  /** 0 to 1. */
  confidence: number;
  /** What was taken for something else that sounds like it. */
  misheard: readonly Misheard[];
}

/** A skill with its tool's name. */
export type NamedSkill = Pick<Skill, 'rules' | 'phrasings'> & {
  name: string;
  /** Its tool changes something. */
  changes: boolean;
};

/** Less, and it was probably something else. */
const LEAST_CONFIDENCE = 0.6;
/** A wrong action is worse than none. */
const LEAST_TO_CHANGE = 0.7;
/** The part of confidence that is how much is explained; the rest is the rule as such. */
const COVERAGE_PART = 0.7;
/** What must not be heard counts only if it was heard well. */
const LEAST_OF_NOT = 0.9;
/** Of a whole transcript that sounds like another one. */
const LEAST_OF_WHOLE = 0.7;
const LEAST_TO_ASK = 0.9;
/** A question back is worth less than a reading that needs none. */
const ASKING_WEIGHT = 0.93;
/** Short ones sound like many others. */
const leastOfWhole = (sounds: string): number => (sounds.length < 7 ? 0.8 : LEAST_OF_WHOLE);
/** No other way of understanding is tried. */
const CLEAR = 0.9;
const NEGLIGIBLE = 0.001;
/** No clause is tried alone. */
const WELL = 0.75;
/** Words, at least. */
const LEAST_OF_CLAUSE = 2;
const CLAUSE_WEIGHT = 0.85;

/** Asks for something that no skill can do, and for nothing that one can. */
export function isOutside(text: string): boolean {
  const reading = new Interpretation(heardWords(text));
  if (reading.hears(OURS) === 1) return false;
  const atBeginning = reading.findAll(OUTSIDE_AT_BEGINNING);
  return (
    atBeginning.some(({ from }) => reading.words.slice(0, from).every(({ text }) => isFiller(text))) ||
    OUTSIDE.some((group) => reading.hears(group) >= LEAST_OF_NOT)
  );
}

/** A question of a kind that no skill can answer, about something that one may know: “tell me about many days”. */
export function isOutsideOnlyByQuestion(text: string): boolean {
  const reading = new Interpretation(heardWords(text));
  const named = OUTSIDE.some((group) => group !== OUTSIDE_QUESTIONS && reading.hears(group) >= LEAST_OF_NOT);
  return !named && reading.words.some(({ text }) => isKeyWord(text));
}

export function understand(text: string, skills: readonly NamedSkill[], now: LocalNow): Understood | undefined {
  const heard = heardWords(text);
  const asHeard = understandWords(heard, skills, now);
  if (asHeard && asHeard.confidence >= WELL) return asHeard;
  const inClause = understandClause(heard, skills, now);
  return (inClause?.confidence ?? 0) > (asHeard?.confidence ?? 0) ? inClause : asHeard;
}

/** "My ears hurt, turn it down": what is said before or after may be none of the skills' business. */
function understandClause({ words }: HeardWords, skills: readonly NamedSkill[], now: LocalNow): Understood | undefined {
  let best: Understood | undefined;
  for (let from = 0; from < words.length; ) {
    const comma = words.findIndex(({ hasComma }, at) => at >= from && hasComma);
    const to = comma < 0 ? words.length : comma + 1;
    const clause = words.slice(from, to).map(({ text }) => text);
    from = to;
    if (clause.length < LEAST_OF_CLAUSE || clause.length === words.length) continue;
    const found = understandWords(heardWords(clause.join(' ')), skills, now);
    if (!found || found.input instanceof Question || found.confidence < CLEAR) continue;
    const confidence = found.confidence * CLAUSE_WEIGHT;
    if (confidence > (best?.confidence ?? 0)) best = { ...found, confidence };
  }
  return best;
}

function understandWords(heard: HeardWords, skills: readonly NamedSkill[], now: LocalNow): Understood | undefined {
  if (heard.words.length === 0) return undefined;
  const sounds = soundsOf(heard.words);
  const byWords = bestOf(skills, (rule) => applyRule(rule, heard, now));
  if (byWords && byWords.confidence >= CLEAR) return byWords;
  const byWhole = bestOf(skills, (rule) => applyWhole(rule, heard, sounds, now));
  return byWhole && byWhole.confidence > (byWords?.confidence ?? 0) + NEGLIGIBLE ? byWhole : byWords;
}

function bestOf(skills: readonly NamedSkill[], apply: (rule: Rule) => Found | undefined): Understood | undefined {
  let best: Understood | undefined;
  for (const { name, rules, changes } of skills) {
    const least = changes ? LEAST_TO_CHANGE : LEAST_CONFIDENCE;
    for (const rule of rules) {
      const found = apply(rule);
      if (found && found.confidence >= least && found.confidence > (best?.confidence ?? 0) + NEGLIGIBLE) {
        best = { tool: name, ...found };
      }
    }
  }
  return best;
}

type Found = Omit<Understood, 'tool'>;

function applyRule(rule: Rule, heard: HeardWords, now: LocalNow): Found | undefined {
  const reading = new Interpretation(heard);
  if (rule.not !== undefined && reading.hears(rule.not) >= LEAST_OF_NOT) return undefined;
  let weakest = 1;
  for (const group of rule.needs) {
    const match = reading.take(group);
    if (!match) return undefined;
    weakest = Math.min(weakest, match.strength);
  }
  if (rule.also !== undefined) reading.takeAll(rule.also);
  const input = rule.read ? rule.read(reading, now) : {};
  // A question about something else is a wrong answer.
  if (!input || (input instanceof Question && weakest < LEAST_TO_ASK)) return undefined;
  const weight = input instanceof Question ? ASKING_WEIGHT : 1;
  const confidence = (reading.coverage() * COVERAGE_PART + 1 - COVERAGE_PART) * weakest * weight;
  return { input, confidence, misheard: reading.misheard() };
}

/** The whole transcript sounds like one of the rule's sentences. */
function applyWhole(rule: Rule, heard: HeardWords, sounds: string, now: LocalNow): Found | undefined {
  if (rule.whole === undefined) return undefined;
  let closest = 0;
  let sentence = '';
  for (const whole of wholesOf(rule.whole)) {
    const closeness = soundCloseness(sounds, whole.sounds, Math.max(closest, LEAST_OF_WHOLE));
    // "Turn off the alarm" is not "turn off the timer".
    if (closeness <= closest || heard.words.some(({ text }) => isKeyWord(text) && !whole.words.has(text))) continue;
    closest = closeness;
    sentence = whole.text;
  }
  if (closest < leastOfWhole(sounds)) return undefined;
  const reading = new Interpretation(heard);
  const input = rule.read ? rule.read(reading, now) : {};
  // Where it has an input, the sentence is not all of what was said.
  const misheard = rule.read ? reading.misheard() : [{ heard: withoutPoliteEnds(heard.words), meant: sentence }];
  return input && { input, confidence: closest * 0.97, misheard };
}

interface Whole {
  text: string;
  sounds: string;
  words: ReadonlySet<string>;
}

const wholes = new Map<string, readonly Whole[]>();

function wholesOf(sentences: string): readonly Whole[] {
  const known = wholes.get(sentences);
  if (known) return known;
  const found = sentences.split('|').map((sentence) => {
    const words = wordsOf(sentence);
    return { text: sentence, sounds: soundsOf(words), words: new Set(words.map(({ text }) => text)) };
  });
  wholes.set(sentences, found);
  return found;
}

const POLITE = new Set(['please', 'hey', 'okay', 'ok', 'um', 'uh', 'so', 'well']);

function withoutPoliteEnds(words: readonly Word[]): string[] {
  const isPolite = ({ text }: Word) => POLITE.has(text);
  const from = words.findIndex((word) => !isPolite(word));
  return words.slice(Math.max(0, from), words.findLastIndex((word) => !isPolite(word)) + 1).map(({ text }) => text);
}

function soundsOf(words: readonly Word[]): string {
  return words.map(({ text }) => (POLITE.has(text) ? '' : phonemesOf(text))).join('');
}

/** The answer to a question. */
export function readAnswer(text: string, question: Question, now: LocalNow): Record<string, unknown> | undefined {
  const found = question.read(new Interpretation(heardWords(text)), now);
  return found && { ...question.input, ...found };
}
