import { Argument } from 'commander';
import type { DefineCommand } from '../terminal/command.ts';
import { printLine } from '../terminal/output.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

const HELP = `
It is made from the commands of this version: make it again after an update. Put it where the shell looks for it, and start
a new shell.`;

const define: DefineCommand = (command) => {
  command
    .addArgument(new Argument('<shell>', 'for which shell').choices(SHELLS))
    .addHelpText('after', HELP)
    .action(async (shell: Shell) => {
      if (!command.parent) throw new Error('completion is a command of earshot');
      const { commandTree } = await import('../completion/command-tree.ts');
      const write = await writerFor(shell);
      const script = write(commandTree(command.parent));
      for (const line of script.trimEnd().split('\n')) printLine(line);
    });
};

async function writerFor(shell: Shell) {
  switch (shell) {
    case 'bash':
      return (await import('../completion/bash.ts')).bashCompletion;
    case 'zsh':
      return (await import('../completion/zsh.ts')).zshCompletion;
    case 'fish':
      return (await import('../completion/fish.ts')).fishCompletion;
  }
}

export default define;
