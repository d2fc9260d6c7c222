/**
 * Tools for a brain that may be asked before the person has finished speaking: those that change something wait until it is certain what was
 * said, and reject when it was something else.
 */
import { EarshotError } from '../../../src/core/errors.ts';
import type { Tool } from '../parts/tool.ts';

/** `decided` resolves when the question is confirmed, or after `signal` is aborted. */
export function confirmedTools(tools: readonly Tool[], decided: Promise<void>, signal: AbortSignal): Tool[] {
  return tools.map((tool) => (tool.effect === 'reads' ? tool : waiting(tool, decided, signal)));
}

function waiting(tool: Tool, decided: Promise<void>, signal: AbortSignal): Tool {
  return {
    ...tool,
    async call(input, context) {
      await Promise.race([decided, aborted(signal)]);
      return tool.call(input, context);
    },
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const refuse = () =>
      reject(new EarshotError('tool_cancelled', 'The person said something else', 'The tool was not used.'));
    if (signal.aborted) refuse();
    else signal.addEventListener('abort', refuse, { once: true });
  });
}
