/** The parts of the assistant: whether each can be reached and used, and how soon it answers. */
import { EarshotError } from '../../../core/errors.ts';
import { type Check, type CheckFinding, fail, ok, skip } from './check.ts';

export interface ExaminedPart {
  part: string;
  provider: string;
  name: string;
  isOk: boolean;
  found: string;
  hint?: string;
}

const NOT_NEEDED =
  'the models of the embedded assistant are not on this machine; only a gateway needs them: earshot models fetch';

/** `isConfigured`: somebody has chosen the parts. Otherwise this may be a device, which needs none. */
export function assistantCheck(parts: () => AsyncIterable<ExaminedPart>, isConfigured: boolean): Check {
  return {
    name: 'assistant',
    async run() {
      const findings: CheckFinding[] = [];
      try {
        for await (const part of parts()) {
          if (!part.isOk && !isConfigured) return [skip(NOT_NEEDED)];
          findings.push(findingOf(part));
        }
      } catch (error) {
        // There may be no folder for models: a user without a home.
        if (!(error instanceof EarshotError) || isConfigured) throw error;
        return [skip(NOT_NEEDED)];
      }
      return findings;
    },
  };
}

function findingOf({ part, provider, name, isOk, found, hint }: ExaminedPart): CheckFinding {
  const detail = `${part} ${provider}, ${name}: ${found}`;
  return isOk ? ok(detail) : fail(detail, hint || 'docs/assistant.md describes each provider.');
}
