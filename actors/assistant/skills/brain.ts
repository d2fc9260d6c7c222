/**
 * The brain that needs no account: it finds a skill and its input in what was heard, and calls its tool.
 */
import { EarshotError } from '../../../src/core/errors.ts';
import { type Brain, type BrainOutput, type BrainRequest, toolContext } from '../parts/brain.ts';
import type { Provider } from '../parts/provider.ts';
import { NOT_AGREED, type Tool, type ToolCall } from '../parts/tool.ts';
import { createClassifier } from './classifier.ts';
import { decide, meantText, understanding } from './dialogue.ts';
import { createRequestModel } from './heard/request-model.ts';
import { namedSkills } from './skills.ts';

const OTHER_LANGUAGE = 'I speak only English.';
const NOTHING_HEARD = 'I did not hear anything.';
const FAILED = 'That did not work.';
/** The question was asked too long ago or before a restart, or the yes was not clear. */
const NO_CONSENT = 'I did not get a clear yes in time, so nothing was done. Please say again what I shall do.';
/** How well a text is understood does not depend on the time. */
const ANY_TIME = { nowMs: 0, timeZone: 'UTC' };

export function createSkillsBrain(): Brain {
  const skills = namedSkills();
  const classifier = createClassifier(skills);
  const requests = createRequestModel(skills.flatMap(({ phrasings }) => phrasings));

  async function* answer(request: BrainRequest, signal: AbortSignal): AsyncIterable<BrainOutput> {
    const { text, firstPart, device, history, tools, nowMs } = request;
    if (!/^en\b/i.test(device.language)) return yield { type: 'text', text: OTHER_LANGUAGE };
    if (!/[\p{L}\p{N}]/u.test(text)) return yield { type: 'text', text: NOTHING_HEARD };
    const situation = { nowMs, timeZone: device.timeZone, history, firstPart, tools };
    const decision = await decide(text, skills, situation, classifier);
    if (signal.aborted) return;
    if ('say' in decision) {
      const { say, about } = decision;
      if (about) toolNamed(about.tool)?.ask?.(about.input, toolContext(request, signal));
      return yield { type: 'text', text: say, ...(say.endsWith('?') && { asks: true }) };
    }
    const call = await called(decision.call, decision.input);
    if (signal.aborted) return;
    yield { type: 'tool', call };
    if (call.result?.startsWith(NOT_AGREED)) return yield { type: 'text', text: NO_CONSENT };
    yield { type: 'text', text: call.result ?? `${FAILED} ${call.error ?? ''}`.trim() };

    function toolNamed(name: string): Tool | undefined {
      return tools.find((each) => each.name === name);
    }

    async function called(name: string, input: Record<string, unknown>): Promise<ToolCall> {
      try {
        const result = await toolNamed(name)?.call(input, toolContext(request, signal));
        return { name, input, ...(result !== undefined && { result }) };
      } catch (error) {
        if (!(error instanceof EarshotError)) throw error;
        return { name, input, error: error.message };
      }
    }
  }

  return {
    answer,
    understands: (text) => understanding(text, skills, ANY_TIME, classifier),
    async asMeant(heard) {
      const text = await meantText(heard, skills, ANY_TIME);
      return { text, meanLogProbability: requests.meanLogProbability(text) };
    },
    /** Trains the classifier, loads tables, and lets V8 compile what the first question would wait for: 0.7 s of CPU. */
    async prepare() {
      const situation = { ...ANY_TIME, history: [], tools: [] };
      for (const { phrasings } of skills) await decide(phrasings[0] ?? '', skills, situation, classifier);
      await classifier.classify('hello');
    },
    async close() {},
  };
}

export const skillsBrain: Provider<Brain> = {
  summary: 'answers by built-in skills, in English; needs no account',
  create: async () => createSkillsBrain(),
};
