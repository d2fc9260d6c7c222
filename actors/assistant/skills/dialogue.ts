/**
 * What a transcript asks for: a tool with its input, or a question back. An answer to a question is read together with what
 * was said before it, so that nothing has to be remembered between turns.
 */
import type { DialogueMessage } from '../parts/memory.ts';
import type { Tool } from '../parts/tool.ts';
import type { Classifier } from './classifier.ts';
import { asMeant } from './heard/as-meant.ts';
import { loadDays } from './heard/days.ts';
import { heardWords, Interpretation, isFiller } from './heard/interpretation.ts';
import type { LocalNow } from './heard/moments.ts';
import { Question, type ReadInput } from './skill.ts';
import {
  isOutside,
  isOutsideOnlyByQuestion,
  type NamedSkill,
  readAnswer,
  type Understood,
  understand,
} from './understand.ts';

export type Decision =
  | { call: string; input: Record<string, unknown> }
  | {
      say: string /** The question is whether to call this tool. */;
      about?: { tool: string; input: Record<string, unknown> };
    };

export interface Situation extends LocalNow {
  history: readonly DialogueMessage[];
  /** See `BrainRequest.firstPart`. */
  firstPart?: string | undefined;
  tools: readonly Tool[];
}

/** Before a tool is called that asks first. */
const CONFIRM: Record<string, string> = { forget_conversation: 'Shall I delete everything that we said?' };
const CONFIRM_ANY = 'Shall I really do that?';
const YES = 'yes|yeah|yes please|sure|of course|do it|yep|go ahead|please do|okay|correct|right|delete it|yes do that';
const NO = 'no|nope|do not|never mind|cancel|stop|not now|no thanks|nothing';
const OKAY = 'Okay.';
/** "Ten." "No, thanks.": nothing else was said. */
const LEAST_OF_ANSWER = 0.9;
/** What follows a request is another one, or only its rest: “list” is understood, too. */
const LEAST_OF_REQUEST = 0.9;
/** So well understood that it does not matter that something else could be meant, too. */
const CERTAIN = 0.97;
export const NOT_UNDERSTOOD =
  'I did not understand that. I can tell the time, set timers and reminders, keep lists and calculate. For more, connect a language model: see docs/assistant.md.';

/** How well is understood what only the classifier knows: less than what a rule reads. */
const CLASSIFIED = 0.5;
/** How well what no skill can do, where it may be a request that was misheard: less than what is read well. */
const PERHAPS_OUTSIDE = 0.85;
/** How requests to the skills begin, and no others. */
const COMMANDS =
  '=set|=start|=add|=remind|=cancel|=delete|=remove|=clear|=wake|=repeat|=spell|=count|=convert|=flip|=roll|=extend';
/** A question back is asked because a part is missing: of what is not heard well, that part was probably misheard. */
const ASKING = 0.85;

/** @param classifier is asked when no rule fits */
export async function decide(
  text: string,
  skills: readonly NamedSkill[],
  situation: Situation,
  classifier: Classifier,
): Promise<Decision> {
  await loadDays();
  const answered = answerToQuestion(text, skills, situation);
  if (answered) return answered;
  const found = await find(sentenceOf(text, skills, situation), skills, situation, classifier);
  return found ?? { say: NOT_UNDERSTOOD };
}

/** The text; or what was said after its first part, if both are requests of their own. */
function sentenceOf(text: string, skills: readonly NamedSkill[], situation: Situation): string {
  const { firstPart } = situation;
  const rest = firstPart === undefined ? undefined : restAfter(firstPart, text);
  if (firstPart === undefined || rest === undefined) return text;
  const [before, alone, whole] = [firstPart, rest, text].map((each) => understand(each, skills, situation));
  const isRequest = (found: Understood | undefined) =>
    found !== undefined && !(found.input instanceof Question) && found.confidence >= LEAST_OF_REQUEST;
  const isAlone = isRequest(before) && isRequest(alone) && (alone?.confidence ?? 0) >= (whole?.confidence ?? 0);
  return isAlone ? rest : text;
}

/** Undefined: the text does not begin with these words, or there are no others. */
function restAfter(firstPart: string, text: string): string | undefined {
  const plain = (word: string) => word.toLowerCase().replace(/[^\p{L}\p{N}']/gu, '');
  const [first, words] = [firstPart, text].map((each) => each.split(/\s+/)) as [string[], string[]];
  const begins = words.length > first.length && first.every((word, at) => plain(word) === plain(words[at] ?? ''));
  return begins ? words.slice(first.length).join(' ') : undefined;
}

/** How well the text is understood, 0 to 1: as a request, or as the answer to a question. What no skill can do is understood, too. */
export async function understanding(
  text: string,
  skills: readonly NamedSkill[],
  now: LocalNow,
  classifier: Classifier,
): Promise<number> {
  await loadDays();
  const heard = heardWords(text);
  if (heard.words.length === 0) return 0;
  const answer = new Interpretation(heard);
  if (answer.take(YES) || answer.take(NO) || answer.number('exact') !== undefined) {
    if (answer.coverage() > LEAST_OF_ANSWER) return 1;
  }
  const understood = understand(text, skills, now);
  if (isOutside(text)) {
    const isPerhaps = understood || beginsWith(COMMANDS, new Interpretation(heard)) || isOutsideOnlyByQuestion(text);
    return isPerhaps ? PERHAPS_OUTSIDE : 1;
  }
  if (understood) {
    const { confidence, input } = understood;
    return input instanceof Question && confidence < LEAST_OF_REQUEST ? ASKING * confidence : confidence;
  }
  return (await classifier.classify(text)) === undefined ? 0 : CLASSIFIED;
}

/** Words that say little may stand before it. */
function beginsWith(group: string, reading: Interpretation): boolean {
  return reading.findAll(group).some(({ from }) => reading.words.slice(0, from).every(({ text }) => isFiller(text)));
}

/** The text with the words that its request is understood by in the place of those that sound like them. */
export async function meantText(text: string, skills: readonly NamedSkill[], now: LocalNow): Promise<string> {
  await loadDays();
  const understood = understand(text, skills, now);
  if (!understood || (isOutside(text) && understood.confidence < CERTAIN)) return text;
  return asMeant(text, understood.misheard);
}

async function find(
  text: string,
  skills: readonly NamedSkill[],
  situation: Situation,
  classifier: Classifier,
): Promise<Decision | undefined> {
  const understood = understand(text, skills, situation);
  if (isOutside(text) && (understood?.confidence ?? 0) < CERTAIN) return undefined;
  if (understood) return decided(understood.tool, understood.input, situation);
  const tool = heardWords(text).words.length === 0 ? undefined : await classifier.classify(text);
  const skill = skills.find(({ name }) => name === tool);
  if (!skill || !tool) return undefined;
  // The skill is known, its words are not: whatever a rule reads.
  const inputs = skill.rules.flatMap(({ read }): ReadInput[] => {
    const input = read ? read(new Interpretation(heardWords(text)), situation) : {};
    return input ? [input] : [];
  });
  const input = inputs.find((each) => !(each instanceof Question)) ?? inputs[0];
  return input && decided(tool, input, situation);
}

function decided(name: string, input: Record<string, unknown> | Question, { tools }: Situation): Decision | undefined {
  const tool = tools.find((each) => each.name === name);
  if (!tool) return undefined;
  if (input instanceof Question) return { say: input.text };
  if (tool.effect === 'asks') return { say: CONFIRM[name] ?? CONFIRM_ANY, about: { tool: name, input } };
  return { call: name, input };
}

/** If the last answer was a question: what it was about, and what is said now. */
function answerToQuestion(text: string, skills: readonly NamedSkill[], situation: Situation): Decision | undefined {
  const [person, assistant] = situation.history.slice(-2);
  if (person?.role !== 'person' || assistant?.role !== 'assistant') return undefined;
  const before = understand(person.text, skills, situation);
  if (!before) return undefined;
  if (before.input instanceof Question) {
    if (!isSame(assistant.text, before.input.text)) return undefined;
    const reading = new Interpretation(heardWords(text));
    if (reading.take(NO) && reading.coverage() > 0.6) return { say: OKAY };
    // Another question is no answer.
    const other = understand(text, skills, situation);
    const input = readAnswer(text, before.input, situation);
    const isOther = other && other.confidence > 0.9 && !isFollowUp(other.tool, before.tool);
    return input && !isOther ? { call: before.tool, input } : undefined;
  }
  const tool = situation.tools.find(({ name }) => name === before.tool);
  if (tool?.effect !== 'asks' || !isSame(assistant.text, CONFIRM[before.tool] ?? CONFIRM_ANY)) return undefined;
  const reading = new Interpretation(heardWords(text));
  if (reading.take(YES)) return { call: before.tool, input: before.input };
  return reading.take(NO) ? { say: OKAY } : undefined;
}

const isFollowUp = (tool: string, before: string): boolean => tool === before;
/** The person may have interrupted the question at its end. */
const isSame = (heard: string, question: string): boolean =>
  heard.trim() === question ||
  (heard.length >= question.length / 2 && question.startsWith(heard.replace(/…$/, '').trim()));
