/**
 * The interface of a subcommand: a file in src/cli/commands/ whose default export adds its options and action to a commander
 * command. It is loaded only when it is called.
 */
import type { Command } from 'commander';

export type DefineCommand = (command: Command) => void;
