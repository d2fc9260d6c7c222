/**
 * Completion for zsh, by its `_arguments`.
 */
import { type CommandNode, commandsIn, lastWordOf, type OptionNode, type Value } from './command-tree.ts';

export function zshCompletion(tree: CommandNode): string {
  return `#compdef earshot
# Completion of earshot for zsh: made by “earshot completion zsh”.

${commandsIn(tree).map(functionOf).join('\n\n')}

if [ "$funcstack[1]" = _earshot ]; then
  _earshot "$@"
else
  compdef _earshot earshot
fi
`;
}

function functionOf(node: CommandNode): string {
  const options = node.options.map(optionSpec);
  return node.commands.length === 0 ? leafFunction(node, options) : groupFunction(node, options);
}

function leafFunction(node: CommandNode, options: string[]): string {
  const last = node.values.at(-1);
  const values = node.values.slice(0, -1).map((value, i) => quoted(`${i + 1}:value:${actionOf(value)}`));
  const rest = last ? [quoted(`*:value:${actionOf(last)}`)] : [];
  return `${functionName(node)}() {
  _arguments -s ${[...options, ...values, ...rest].join(' \\\n    ')}
}`;
}

/** A command with commands below it, which may have a default among them. */
function groupFunction(node: CommandNode, options: string[]): string {
  const described = node.commands.map((each) => quoted(`${lastWordOf(each)}:${each.description}`));
  const cases = node.commands.map((each) => `      ${lastWordOf(each)}) ${functionName(each)} ;;`);
  return `${functionName(node)}() {
  local curcontext="$curcontext" state line
  local -a commands=(
    ${described.join('\n    ')}
  )
  _arguments -C ${[...options, "'1: :->command'", "'*:: :->words'"].join(' \\\n    ')}
  case $state in
    command) _describe command commands ;;
    words)
      case $line[1] in
${cases.join('\n')}
      esac ;;
  esac
}`;
}

function functionName({ path }: CommandNode): string {
  return ['_earshot', ...path.split(/[ -]/)].filter((word) => word !== '').join('_');
}

function optionSpec({ names, description, value, isRepeatable }: OptionNode): string {
  const text = description.replace(/[[\]:]/g, '\\$&');
  const argument = value.kind === 'none' ? '' : `:value:${actionOf(value)}`;
  const repeated = isRepeatable ? '*' : '';
  // The value of a long option may stand in the same word: --mode=voice.
  const own = (name: string) => (argument !== '' && name.startsWith('--') ? `${name}=` : name);
  return names.map((name) => quoted(`${repeated}${own(name)}[${text}]${argument}`)).join(' ');
}

function actionOf(value: Value): string {
  switch (value.kind) {
    case 'choice':
      return `(${value.choices.join(' ')})`;
    case 'file':
      return '_files';
    case 'folder':
      return '_files -/';
    default:
      return '';
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
