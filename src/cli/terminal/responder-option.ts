/** The option `--responder`: the responder of a gateway. */
import { type Command, Option } from 'commander';
import { ASSISTANT, describeResponders } from '../../gateway/responders.ts';

export function addResponderOption(command: Command): Command {
  const own = './FILE.mjs your own module (examples/responders)';
  const choices = [...describeResponders(), own].join('; ');
  return command.addOption(
    new Option('--responder <name>', `responder: ${choices}`).default(ASSISTANT).env('EARSHOT_RESPONDER'),
  );
}
