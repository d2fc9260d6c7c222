/** The options of the responder `home-assistant`: where its servers listen. */
import { type Command, Option } from 'commander';
import { wholeNumber } from './number-options.ts';

export interface HomeAssistantOptions {
  homeAssistantHost: string;
  homeAssistantPort: number;
  homeAssistantPlaintext?: boolean;
}

/** Of ESPHome's native API. */
export const ESPHOME_PORT = 6_053;

export function addHomeAssistantOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--home-assistant-host <address>',
        'with --responder home-assistant: where it listens for Home Assistant',
      )
        .default('127.0.0.1')
        .env('EARSHOT_HOME_ASSISTANT_HOST'),
    )
    .addOption(
      new Option('--home-assistant-port <n>', 'the port of the first device; each has one of its own, counted up')
        .argParser(wholeNumber(1, 65_535))
        .default(ESPHOME_PORT)
        .env('EARSHOT_HOME_ASSISTANT_PORT'),
    )
    .addOption(
      new Option(
        '--home-assistant-plaintext',
        'without a key: whoever can connect hears what is said to the devices',
      ).env('EARSHOT_HOME_ASSISTANT_PLAINTEXT'),
    );
}
