/**
 * Completion for fish 3 and later.
 */
import { type CommandNode, commandsIn, lastWordOf, type OptionNode } from './command-tree.ts';

export function fishCompletion(tree: CommandNode): string {
  const lines = commandsIn(tree).flatMap((node) => [...commandLines(node), ...optionLines(node), ...valueLines(node)]);
  return `# Completion of earshot for fish: made by “earshot completion fish”.

# Whether the words of a command, and no others, are at the beginning.
function __earshot_at
    set -l words (commandline -opc)
    set -e words[1]
    set -l found
    for word in $words
        string match -q -- '-*' $word; and continue
        contains -- (string join ' ' $found $word) ${commandsIn(tree)
          .filter(({ path }) => path !== '')
          .map(({ path }) => quoted(path))
          .join(' ')}; and set -a found $word
    end
    set -l at (string join ' ' $found)
    test "$at" = "$argv"
end

complete -c earshot -f
${lines.join('\n')}
`;
}

function commandLines(node: CommandNode): string[] {
  return node.commands.map((each) => `${at(node)} -a ${lastWordOf(each)} -d ${quoted(each.description)}`);
}

function optionLines(node: CommandNode): string[] {
  return node.options.map((option) => {
    const names = option.names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
    return `${at(node)} ${names.join(' ')}${valueFlags(option)} -d ${quoted(option.description)}`;
  });
}

function valueFlags({ value }: OptionNode): string {
  switch (value.kind) {
    case 'none':
      return '';
    case 'choice':
      return ` -x -a ${quoted(value.choices.join(' '))}`;
    case 'file':
      return ' -r -F';
    case 'folder':
      return " -x -a '(__fish_complete_directories)'";
    case 'text':
      return ' -x';
  }
}

function valueLines(node: CommandNode): string[] {
  return node.values.flatMap((value) => {
    if (value.kind === 'choice') return [`${at(node)} -a ${quoted(value.choices.join(' '))}`];
    return value.kind === 'file' || value.kind === 'folder' ? [`${at(node)} -F`] : [];
  });
}

function at({ path }: CommandNode): string {
  return `complete -c earshot -n ${quoted(`__earshot_at ${path}`.trimEnd())}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
