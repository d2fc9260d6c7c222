/** Tools that report before they change something: what is done stays done, whatever the rest of the sentence says. */
import type { Tool } from '../parts/tool.ts';

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
