/** `--responder`: who answers at a gateway. */
import { type Command, Option } from 'commander';
import { describeResponders } from '../../gateway/responders.ts';

export function addResponderOption(command: Command): Command {
  const own = './FILE.mjs a module of your own (examples/responders)';
  const choices = [...describeResponders(), own].join('; ');
  return command.addOption(new Option('--responder <name>', `who answers: ${choices}`).default('parrot'));
}
