/**
 * The shape of a sub-command: a file in src/cli/commands/ whose default export adds its options and action to a commander
 * command. It is loaded only when asked for.
 */
import type { Command } from 'commander';

export type DefineCommand = (command: Command) => void;
