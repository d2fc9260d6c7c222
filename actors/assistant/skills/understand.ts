/**
 * Finds the skill and its input in what was heard.
 */

import { type HeardWords, heardWords, Interpretation } from './heard/interpretation.ts';
import type { LocalNow } from './heard/moments.ts';
import type { Question, ReadInput, Rule, Skill } from './skill.ts';

export interface Understood {
  tool: string;
  input: ReadInput;
  /** 0 to 1. */
  confidence: number;
}

/** A skill with its tool's name. */
export type NamedSkill = Pick<Skill, 'rules' | 'phrasings'> & { name: string };

/** Less, and it was probably something else. */
const LEAST_CONFIDENCE = 0.6;
/** The part of confidence that is how well the needed words were heard; the rest is how much is explained. */
const NEEDED_PART = 0.3;
/** What must not be heard counts only if it was heard well. */
const LEAST_OF_NOT = 0.9;
const NEGLIGIBLE = 0.001;

export function understand(text: string, skills: readonly NamedSkill[], now: LocalNow): Understood | undefined {
  const transcript = heardWords(text);
  if (transcript.words.length === 0) return undefined;
  let best: Understood | undefined;
  for (const { name, rules } of skills) {
    for (const rule of rules) {
      const found = applyRule(rule, transcript, now);
      if (found && found.confidence > (best?.confidence ?? LEAST_CONFIDENCE) + NEGLIGIBLE)
        best = { tool: name, ...found };
    }
  }
  return best;
}

function applyRule(rule: Rule, transcript: HeardWords, now: LocalNow): Omit<Understood, 'tool'> | undefined {
  const reading = new Interpretation(transcript);
  if (rule.not !== undefined && (reading.find(rule.not)?.strength ?? 0) >= LEAST_OF_NOT) return undefined;
  let needed = 0;
  for (const group of rule.needs) {
    const match = reading.take(group);
    if (!match) return undefined;
    needed += match.strength;
  }
  if (rule.also !== undefined) reading.takeAll(rule.also);
  const input = rule.read ? rule.read(reading, now) : {};
  if (!input) return undefined;
  const strength = rule.needs.length === 0 ? 1 : needed / rule.needs.length;
  return { input, confidence: reading.coverage() * (1 - NEEDED_PART) + strength ** 2 * NEEDED_PART };
}

/** The answer to a question. */
export function readAnswer(text: string, question: Question, now: LocalNow): Record<string, unknown> | undefined {
  const found = question.read(new Interpretation(heardWords(text)), now);
  return found && { ...question.input, ...found };
}
