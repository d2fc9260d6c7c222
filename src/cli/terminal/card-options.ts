/** The sound cards that options name: one for both directions, or one for each. */
import { type Command, Option } from 'commander';

export interface CardOptions {
  device?: string;
  inputDevice?: string;
  outputDevice?: string;
}

export function addCardOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--device <name>', 'sound card with this in its name; else a ReSpeaker, else the default').env(
        'EARSHOT_DEVICE',
      ),
    )
    .addOption(
      new Option('--input-device <name>', 'sound card of the microphone, in place of --device').env(
        'EARSHOT_INPUT_DEVICE',
      ),
    )
    .addOption(
      new Option('--output-device <name>', 'sound card of the loudspeaker, in place of --device').env(
        'EARSHOT_OUTPUT_DEVICE',
      ),
    );
}

export const microphoneCard = ({ device, inputDevice }: CardOptions): string | undefined => inputDevice ?? device;
export const speakerCard = ({ device, outputDevice }: CardOptions): string | undefined => outputDevice ?? device;

/** A card was named: a missing one is an error. */
export function namesCard(options: CardOptions): boolean {
  return microphoneCard(options) !== undefined || speakerCard(options) !== undefined;
}

/** The same options as arguments of a child process. */
export function cardArguments({ device, inputDevice, outputDevice }: CardOptions): string[] {
  const names = { '--device': device, '--input-device': inputDevice, '--output-device': outputDevice };
  return Object.entries(names).flatMap(([option, name]) => (name === undefined ? [] : [option, name]));
}
