/** The options for the assistant: which providers it uses. */
import { type Command, Option } from 'commander';
import { type AssistantConfig, loadAssistantConfig } from '../../gateway/assistant/config.ts';
import { PART_NAMES, providerNames } from '../../gateway/assistant/config-spec.ts';

export interface AssistantOptions {
  assistant?: string;
  /** Of every command (src/cli/config/). */
  config?: string;
}

/** The environment is read with the configuration, because it ranks below the flag and above the file. */
export function addAssistantOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--assistant <spec>', 'providers of the assistant, see “Assistant” below (env: EARSHOT_ASSISTANT)'),
    )
    .addHelpText('after', help());
}

/** @throws EarshotError `usage`, `assistant_config`, `file_not_found`, `file_unreadable` */
export function assistantConfigOf({ assistant, config }: AssistantOptions): Promise<AssistantConfig> {
  return loadAssistantConfig({ spec: assistant, file: config });
}

function help(): string {
  const parts = PART_NAMES.map((part) => `  ${part}=${providerNames(part).join('|')}`);
  return `
Assistant: one name for each part that has it (embedded, openai, …), or PART=PROVIDER, separated by commas:
${parts.join('\n')}
or a module of your own: brain=./FILE.mjs. Addresses, models, keys: docs/assistant.md.`;
}
