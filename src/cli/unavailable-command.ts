/**
 * Stands in for a command that the device's bundle leaves out (deploy/bundle.mjs).
 */
import { EarshotError } from '../core/errors.ts';
import type { DefineCommand } from './terminal/command.ts';

export function unavailableCommand(name: string): DefineCommand {
  return (command) => {
    command.allowUnknownOption().allowExcessArguments();
    command.action(() => {
      const hint = `Run it where the gateway is, from the whole of Earshot. A device does: earshot run --gateway URL`;
      throw new EarshotError('usage', `"earshot ${name}" is not part of the device's build`, hint);
    });
  };
}
