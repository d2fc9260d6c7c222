/**
 * Commander's command, whose errors name the word that is wrong, and the help of the very command.
 */
import { Command, type ErrorOptions } from 'commander';
import { nearestName } from '../../core/nearest-name.ts';

export class ExactCommand extends Command {
  override createCommand(name?: string): Command {
    return new ExactCommand(name);
  }

  override error(message: string, options?: ErrorOptions): never {
    if (options?.code === 'commander.excessArguments') this.#failOnExcess();
    this.showHelpAfterError(`(see ${pathOf(this)} --help)`);
    return super.error(message, options);
  }

  /** Commander counts the arguments only. */
  #failOnExcess(): never {
    const { args, parent, commands } = this;
    const word = args[this.registeredArguments.length] ?? '';
    // A group runs its default command where the first word is none of its commands.
    const isDefault = parent?.parent && parent.args[0] !== this.name();
    if (isDefault) return failOnUnknown(parent, parent.args[0] ?? '');
    if (commands.length > 0) return failOnUnknown(this, word);
    return this.error(`error: unexpected argument '${word}'`);
  }
}

/** Says that a command has none of this name below it. */
export function failOnUnknown(command: Command, word: string): never {
  const nearest = nearestName(
    word,
    command.commands.map((each) => each.name()),
  );
  // Of the groups that list by themselves; the others have a command for it.
  const lists = word === 'list' ? `\n(${pathOf(command)} lists them)` : '';
  const hint = nearest === undefined ? lists : `\n(Did you mean ${nearest}?)`;
  return command.error(`error: unknown command '${word}'${hint}`);
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}
