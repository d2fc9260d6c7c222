import { Argument } from 'commander';
import { v4 as uuidv4 } from 'uuid';
import { api } from '../../../convex/_generated/api.js';
import { withCloud } from '../../gateway/operator.ts';
import { CONTROL_ACTIONS, type ControlAction } from '../../protocol/remote-control.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { addStateOption, type StateOption } from '../terminal/options.ts';
import { printJson, printLine } from '../terminal/output.ts';

type ControlOptions = StateOption & { json?: boolean };

const HELP = `
press begins an utterance, as the device's key does, and ends it; release ends it, cancel discards the turn. They need
--allow-remote-press on the device. mute closes its microphone; unmute opens what mute has closed, not what a person at
the device has muted. earshot turns --follow shows the turn; a device that is not connected is refused.`;

const define: DefineCommand = (command) => {
  command
    .argument('<device>', 'name of the device')
    .addArgument(new Argument('<action>', 'what it does').choices(CONTROL_ACTIONS))
    .option('--json', 'print JSON')
    .addHelpText('after', HELP);
  addStateOption(command).action((device: string, action: ControlAction, { state, json }: ControlOptions) =>
    withCloud(state, async ({ client }) => {
      await client.mutation(api.controls.send, { device, id: uuidv4(), action });
      if (json) printJson({ device, action });
      else printLine(`${device} is told: ${action}`);
    }),
  );
};

export default define;
