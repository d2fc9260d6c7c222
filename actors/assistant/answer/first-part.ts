/**
 * A sentence that was taken for two: its first part was a turn of its own, and this turn is the rest (`TurnDialogue.saidBefore`).
 */
import type { Tool } from '../parts/tool.ts';

export function joinedSpeech(firstPart: string | undefined, rest: string): string {
  return firstPart === undefined ? rest : `${firstPart} ${rest}`;
}

/** How well words are understood, alone or with the first part; see `Brain.understands`. */
export function understandsWithFirstPart(
  understands: (text: string) => Promise<number>,
  firstPart: () => string | undefined,
): (text: string) => Promise<number> {
  return async (text) => {
    const first = firstPart();
    const alone = await understands(text);
    return first === undefined ? alone : Math.max(alone, await understands(joinedSpeech(first, text)));
  };
}

/** Tools that report before they change something: what is done stays done, whatever the rest of the sentence says. */
export function reportingChanges(tools: readonly Tool[], onChange: () => void): Tool[] {
  return tools.map((tool) => {
    if (tool.effect === 'reads') return tool;
    return {
      ...tool,
      call(input, context) {
        onChange();
        return tool.call(input, context);
      },
    };
  });
}
