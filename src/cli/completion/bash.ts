/**
 * Completion for bash 4 and later, without bash-completion's helpers.
 */
import { type CommandNode, commandsIn, lastWordOf, type OptionNode, type Value } from './command-tree.ts';

export function bashCompletion(tree: CommandNode): string {
  const all = commandsIn(tree);
  const paths = all.filter(({ path }) => path !== '').map(({ path }) => `' ${path}'`);
  return `# Completion of earshot for bash: made by “earshot completion bash”.
_earshot() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD - 1]}" path='' words='' i
  COMPREPLY=()
  # Bash makes three words of --mode=voice.
  [[ $cur != = ]] || cur=
  [[ $prev != = ]] || prev="\${COMP_WORDS[COMP_CWORD - 2]}"
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path \${COMP_WORDS[i]}" in
    ${paths.join(' | ')}) path+=" \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$path $prev" in
${all.flatMap(valueCases).join('\n')}
  esac
  case "$path" in
${all.map(wordsCase).join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
  [ \${#COMPREPLY[@]} -gt 0 ] || [[ $cur == -* ]] || mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}
complete -o filenames -F _earshot earshot
`;
}

/** After an option that takes a value. */
function valueCases({ path, options }: CommandNode): string[] {
  const before = path === '' ? '' : ` ${path}`;
  return options
    .filter(({ value }) => value.kind !== 'none')
    .map((option) => `  ${patternOf(before, option)}) ${replyWith(option.value)} return ;;`);
}

function patternOf(before: string, { names }: OptionNode): string {
  return names.map((name) => `'${before} ${name}'`).join(' | ');
}

function replyWith(value: Value): string {
  switch (value.kind) {
    case 'choice':
      return `mapfile -t COMPREPLY < <(compgen -W '${value.choices.join(' ')}' -- "$cur");`;
    case 'file':
      return 'mapfile -t COMPREPLY < <(compgen -f -- "$cur");';
    case 'folder':
      return 'mapfile -t COMPREPLY < <(compgen -d -- "$cur");';
    default:
      return '';
  }
}

function wordsCase(node: CommandNode): string {
  const options = node.options.flatMap(({ names }) => names);
  const choices = node.values.flatMap((value) => (value.kind === 'choice' ? value.choices : []));
  const words = [...node.commands.map(lastWordOf), ...choices, ...options];
  return `  '${node.path === '' ? '' : ` ${node.path}`}') words='${words.join(' ')}' ;;`;
}
