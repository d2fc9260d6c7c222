/**
 * Replaces a command that the device's bundle does not contain (deploy/bundle.mjs).
 */
import { EarshotError } from '../core/errors.ts';
import type { DefineCommand } from './terminal/command.ts';

export function unavailableCommand(name: string): DefineCommand {
  return (command) => {
    command.allowUnknownOption().allowExcessArguments();
    command.action(() => {
      const hint = `Run it on the gateway's machine, from a complete build of Earshot. On a device, use: earshot run --gateway URL`;
      throw new EarshotError('usage', `"earshot ${name}" is not part of the device's build`, hint);
    });
  };
}
