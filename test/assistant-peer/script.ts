/**
 * The brain behind the peer: answers by rules. A rule may call a tool first; its result is then what the peer says.
 */
export interface Rule {
  /** Compared with what the person said last. */
  heard: RegExp;
  /** `$1` and so on are the groups of `heard`. Not needed with `call`. */
  say?: string;
  call?: { name: string; input: Record<string, unknown> };
  /** Its result is not said: the tool is called again. */
  isEndless?: boolean;
}

export type ScriptedAnswer = { say: string } | { call: { name: string; input: Record<string, unknown> } };

export interface DialogueState {
  /** What the person said last. */
  heard: string;
  /** Results of the tools that were called since then. */
  results: readonly string[];
  /** Names of the tools that the client offers. */
  tools: readonly string[];
}

export function answerByRules(rules: readonly Rule[], { heard, results, tools }: DialogueState): ScriptedAnswer {
  for (const { heard: pattern, say, call, isEndless } of rules) {
    const match = pattern.exec(heard);
    if (!match) continue;
    if (call && (results.length === 0 || isEndless) && tools.includes(call.name)) return { call };
    if (call && results.length > 0) return { say: results.join(' ') };
    if (say !== undefined) return { say: say.replace(/\$(\d)/g, (_, group) => match[Number(group)] ?? '') };
  }
  return { say: `You said: ${heard}` };
}

/** Tokens as a language model makes them: words with the space before them. */
export function tokensOf(text: string): string[] {
  return text.match(/\s*\S+/g) ?? [];
}
