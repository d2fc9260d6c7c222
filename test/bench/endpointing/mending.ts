/**
 * What becomes of a sentence that was cut off: the person goes on in the first second of the answer, which is interrupted, and both parts are
 * recognised and answered as one. Every sentence is tried, cut in its pause; right is what the typed sentence is answered.
 */
import type { Tool } from '../../../actors/assistant/parts/tool.ts';
import { createClassifier } from '../../../actors/assistant/skills/classifier.ts';
import { type Decision, decide, NOT_UNDERSTOOD } from '../../../actors/assistant/skills/dialogue.ts';
import { namedSkills } from '../../../actors/assistant/skills/skills.ts';
import { lastWords, type Timeline } from './timeline.ts';

const NOW_MS = Date.UTC(2026, 10, 24, 9, 25);

/** How a sentence is answered that the skills understand when it is typed. */
export interface Mending {
  isWholeRight: boolean;
  /** The rest, as an utterance of its own. */
  isRestRight: boolean;
  isJoinedRight: boolean;
  /** The first part was a command, which is done: nothing is joined. */
  isDone: boolean;
}

/** Undefined: the sentence is not understood when it is typed. */
export type FindMending = (timeline: Timeline) => Promise<Mending | undefined>;

export function createMending(): FindMending {
  const skills = namedSkills();
  const classifier = createClassifier(skills);
  // They are not called: what is decided is compared.
  const tools = skills.map(
    ({ name, changes }): Tool => ({
      ...{ name, effect: changes ? 'changes' : 'reads', description: '', parameters: {} },
      call: async () => '',
    }),
  );

  async function answered(text: string, firstPart?: string): Promise<Decision> {
    const history = firstPart === undefined ? [] : [{ role: 'person', text: firstPart, turnId: '', atMs: 0 } as const];
    const situation = { nowMs: NOW_MS, timeZone: 'Europe/Berlin', history, firstPart, tools };
    return await decide(text, skills, situation, classifier);
  }

  return async ({ utterance, whole, untilPause, rest, both }) => {
    const typed = await answered(utterance.text);
    if ('say' in typed && typed.say === NOT_UNDERSTOOD) return undefined;
    const isRight = (decision: Decision) => JSON.stringify(decision) === JSON.stringify(typed);
    const first = lastWords(untilPause);
    const done = await answered(first);
    const isDone = 'call' in done && tools.find(({ name }) => name === done.call)?.effect !== 'reads';
    const isRestRight = isRight(await answered(rest));
    return {
      ...{ isWholeRight: isRight(await answered(lastWords(whole))), isRestRight, isDone },
      // What was done is right if it is what the whole sentence asks for.
      isJoinedRight: isDone ? isRight(done) : isRight(await answered(both, first)),
    };
  };
}
