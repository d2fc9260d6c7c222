import type { Command } from 'commander';

/** Options that stand under a heading of their own in the help. Those outside of a group stand under “Options”. */
export function optionGroup(command: Command, heading: string, add: (command: Command) => void): void {
  command.optionsGroup(heading);
  add(command);
  command.optionsGroup('');
}
