/**
 * The manual page, docs/man/earshot.1, from the command line itself.
 *
 *     npm run man          writes it
 *     npm run man:check    fails if it is out of date
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CommandNode, commandsIn, commandTree, type OptionNode } from '../src/cli/completion/command-tree.ts';
import { EXAMPLES } from '../src/cli/examples.ts';
import { createProgram } from '../src/cli/program.ts';
import { VERSION } from '../src/core/process/version.ts';

const EXIT_STATUS = [
  ['0', 'It worked.'],
  ['1', 'It failed. Standard error says why, and what to do.'],
  ['2', 'The command line is wrong, or a file that it names: nothing was begun.'],
  ['130', 'It was interrupted (Ctrl-C).'],
  ['141', 'The reader of standard output has closed the pipe.'],
] as const;

const file = fileURLToPath(new URL('../docs/man/earshot.1', import.meta.url));
const page = manPage(commandTree(await createProgram()));
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== page) {
    process.stderr.write('docs/man/earshot.1 is out of date: npm run man\n');
    process.exitCode = 1;
  }
} else {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, page);
}

/** In the macros of man(7). */
function manPage(tree: CommandNode): string {
  const commands = commandsIn(tree).filter(({ path }) => path !== '');
  return [
    `.TH EARSHOT 1 "" "earshot ${VERSION}" "User Commands"`,
    ...['.SH NAME', `earshot \\- ${text(tree.description.replace(/\.$/, ''))}`],
    ...['.SH SYNOPSIS', '.B earshot', '.I command', '[options]'],
    ...['.SH COMMANDS', ...commands.flatMap(section)],
    ...['.SH EXIT STATUS', ...EXIT_STATUS.flatMap(([code, meaning]) => ['.TP', `.B ${code}`, text(meaning)])],
    ...['.SH ENVIRONMENT', ...environment(commands)],
    ...[
      '.SH SEE ALSO',
      text(
        'README.md of the package is the first document; the others are in its folder docs, and docs/schemas has a JSON Schema of what each command prints with --json.',
      ),
    ],
    '',
  ].join('\n');
}

function section(node: CommandNode): string[] {
  const examples = Object.entries(EXAMPLES[node.path] ?? {});
  return [
    `.SS ${text(node.usage)}`,
    text(sentence(node.description)),
    ...node.options.flatMap(option),
    ...(examples.length > 0 ? ['.PP', 'Examples:'] : []),
    ...examples.flatMap(([line, meaning]) => ['.TP', `.B ${text(line)}`, text(meaning)]),
  ];
}

function option({ flags, description, value, defaultText, env }: OptionNode): string[] {
  const sentences = [
    sentence(description),
    ...(value.kind === 'choice' ? [`One of: ${value.choices.join(', ')}.`] : []),
    ...(defaultText === undefined ? [] : [`Default: ${defaultText}.`]),
    ...(env === undefined ? [] : [`Environment: ${env}.`]),
  ];
  return ['.TP', `.B ${text(flags)}`, text(sentences.join(' '))];
}

function environment(commands: readonly CommandNode[]): string[] {
  const variables = new Map<string, string>();
  for (const { options } of commands) {
    for (const { env, flags, description } of options)
      if (env !== undefined && !variables.has(env)) variables.set(env, `As ${flags}: ${description}`);
  }
  const own = [
    ['COLUMNS', 'Width of the output where it is not a terminal.'],
    ['FORCE_COLOR, NO_COLOR', 'Colours always, or never.'],
  ] as const;
  return [...[...variables].sort(), ...own].flatMap(([name, meaning]) => ['.TP', `.B ${text(name)}`, text(meaning)]);
}

function sentence(description: string): string {
  const first = description.slice(0, 1).toUpperCase() + description.slice(1);
  return first === '' || /[.)]$/.test(first) ? first : `${first}.`;
}

/** A backslash begins a request of roff, and so does a dot or a quote at the beginning of a line. */
function text(plain: string): string {
  return plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('\n', ' ')
    .replace(/^([.'])/, '\\&$1');
}
