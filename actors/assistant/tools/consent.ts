/**
 * Consent: a risky tool runs only when the person was asked in one turn and said yes in the next. What a model says about that is not trusted: the
 * question and the answer are checked here.
 */
import { NOT_AGREED, type Tool, type ToolContext } from '../parts/tool.ts';

/** A person who does not answer soon has not agreed. */
const PATIENCE_MS = 60_000;
/** Devices with an open question. */
const MAX_QUESTIONS = 1_000;

interface Question {
  tool: string;
  /** The input, as JSON: consent is for exactly this. */
  input: string;
  turnId: string;
  askedAtMs: number;
}

export interface Consent {
  /**
   * Tools for one request: those that are risky ask first.
   * @param said what the person said in this turn; asked when a risky tool could be called
   */
  guard(tools: readonly Tool[], said: () => string | Promise<string>): Tool[];
}

export function createConsent(): Consent {
  /** By device: one question at a time. */
  const questions = new Map<string, Question>();

  function ask(tool: string, input: string, { device, turnId, nowMs }: ToolContext): string {
    questions.delete(device.name);
    questions.set(device.name, { tool, input, turnId, askedAtMs: nowMs });
    const oldest = questions.size > MAX_QUESTIONS ? questions.keys().next().value : undefined;
    if (oldest !== undefined) questions.delete(oldest);
    return `${NOT_AGREED} Ask whether to do it, and call ${tool} with the same input when the answer is yes.`;
  }

  /** The question that was asked before, if it was this one. Used up by looking. */
  function takeQuestion(tool: string, input: string, { device, turnId, nowMs }: ToolContext): boolean {
    const question = questions.get(device.name);
    if (!question || question.turnId === turnId) return false;
    questions.delete(device.name);
    return question.tool === tool && question.input === input && nowMs - question.askedAtMs <= PATIENCE_MS;
  }

  function guarded(tool: Tool, said: () => string | Promise<string>): Tool {
    if (tool.effect !== 'asks') return tool;
    return {
      ...tool,
      ask(given, context) {
        ask(tool.name, canonical(given), context);
      },
      async call(given, context) {
        const input = canonical(given);
        const hasConsent = takeQuestion(tool.name, input, context) && isYes(await said());
        return hasConsent ? await tool.call(given, context) : ask(tool.name, input, context);
      },
    };
  }

  return { guard: (tools, said) => tools.map((tool) => guarded(tool, said)) };
}

const YES =
  /^(?:(?:yes|yeah|yep|yup|sure|okay|ok|please|certainly|absolutely|definitely|of course|correct|right|do it|do that|do so|go ahead|go on|confirm|confirmed|i (?:do|agree|confirm)|that is right|that's right)\b\s*)+(?:thanks|thank you)?$/;

/** Whether a person agrees: only a clear yes, and nothing beside it. */
export function isYes(said: string): boolean {
  const words = said
    .toLowerCase()
    .replace(/[^a-z' ]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return YES.test(words);
}

/** JSON with sorted keys: a model may write them in another order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  );
}
