/**
 * The help of each command: its examples, and its layout on a narrow terminal.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { test } from 'node:test';
import { type Command, CommanderError } from 'commander';
import { commandsIn, commandTree } from '../../src/cli/completion/command-tree.ts';
import { EXAMPLES } from '../../src/cli/examples.ts';
import { createProgram } from '../../src/cli/program.ts';
import { linesWithin } from '../../src/cli/terminal/wrap.ts';
import { LIMITS } from '../../src/core/limits/limits.ts';
import { VERSION } from '../../src/core/process/version.ts';
import { EARSHOT } from '../support/cli.ts';

const NARROW = 40;

const run = (...args: string[]) => spawnSync(EARSHOT, args, { encoding: 'utf8' });

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

/** The words of a line of a shell, without variables before it and files behind it. */
function wordsOf(line: string): string[] {
  const [own = ''] = line.replace(/^(\w+=\S+ )+/, '').split(' > ');
  return [...own.matchAll(/"([^"]*)"|(\S+)/g)].map(([, inQuotes, plain]) => inQuotes ?? plain ?? '');
}

test('each command has examples, and there are no others', async () => {
  const paths = commandsIn(commandTree(await createProgram())).map(({ path }) => path);
  assert.deepEqual(Object.keys(EXAMPLES).sort(), paths.filter((path) => path !== '').sort());
});

test('each example is taken by its command, with these options and values', async () => {
  for (const [path, examples] of Object.entries(EXAMPLES)) {
    for (const line of Object.keys(examples)) {
      const [program, ...words] = wordsOf(line);
      assert.equal(program, 'earshot', line);
      const commands = everyCommand(await createProgram());
      const called: string[] = [];
      for (const each of commands) each.configureOutput({ writeErr() {} }).action(() => void called.push(pathOf(each)));
      try {
        await commands[0]?.parseAsync(words, { from: 'user' });
      } catch (error) {
        assert.fail(`${line}: ${error instanceof CommanderError ? error.message : error}`);
      }
      assert.ok(called.length === 1 && called[0]?.startsWith(path), `${line} calls ${called}`);
    }
  }
});

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}`.trim() : '';
}

test('the help of each command fits into 40 columns', async () => {
  for (const command of everyCommand(await createProgram())) {
    let help = '';
    command.configureOutput({
      getOutHelpWidth: () => NARROW,
      writeOut: (text) => {
        help += text;
      },
    });
    command.outputHelp();
    assert.match(help, /^Usage: earshot/);
    for (const line of linesWithin(help, NARROW)) {
      const longest = Math.max(
        ...line
          .trim()
          .split(/ +/)
          .map((word) => word.length),
      );
      assert.ok(line.length <= NARROW || longest > NARROW - 16, `${pathOf(command)}: ${line}`);
    }
  }
});

test('no default is shown as the program has it: no object, no home folder of this user', async () => {
  for (const command of everyCommand(await createProgram())) {
    const help = command.helpInformation();
    assert.doesNotMatch(
      help,
      /\{\}|\[\]|\[object|default: \[|\) \((env|choices|default)|undefined|NaN|default: ""|default: \)/,
      pathOf(command),
    );
    assert.ok(!help.includes(homedir()), pathOf(command));
  }
});

test('what two commands ask for in the same words has the same name in both', async () => {
  const names = new Map<string, Set<string>>();
  for (const { options } of everyCommand(await createProgram())) {
    for (const { description, long } of options.filter(({ description }) => description !== '')) {
      names.set(description, (names.get(description) ?? new Set()).add(long ?? ''));
    }
  }
  assert.ok(names.size > 100, `${names.size} descriptions`);
  assert.deepEqual(
    [...names].filter(([, called]) => called.size > 1),
    [],
  );
  const all = new Set([...names.values()].flatMap((called) => [...called]));
  for (const other of ['--out', '--in', '--wav', '--jitter-buffer']) assert.ok(!all.has(other), other);
});

test('each command is in a group, and so is each option of a command with many', async () => {
  const program = await createProgram();
  const alone = program.commands.filter((command) => command.helpGroup() === '');
  assert.deepEqual(
    alone.map((each) => each.name()),
    [],
  );
  assert.match(program.helpInformation(), /\nRun:\n {2}start /);
  for (const command of everyCommand(program)) {
    const counts = new Map<string, number>();
    for (const { helpGroupHeading = 'Options:' } of command.options) {
      counts.set(helpGroupHeading, (counts.get(helpGroupHeading) ?? 0) + 1);
    }
    for (const [heading, count] of counts) assert.ok(count <= 24, `${pathOf(command)}: ${count} under “${heading}”`);
  }
});

test('the usage names the options that must be given', async () => {
  const usage = (await createProgram('loss')).commands.find((each) => each.name() === 'loss')?.helpInformation();
  assert.match(usage ?? '', /^Usage: earshot loss --input <wav> \[options\]\n/);
});

test('--limit help lists every limit, and starts nothing', () => {
  const { status, stdout, stderr } = run('gateway', '--limit', 'help');
  assert.deepEqual([status, stderr], [0, '']);
  for (const [name, { value }] of Object.entries(LIMITS)) assert.ok(stdout.includes(`${name}=${value} `), name);
});

test('what is wrapped loses no word, and goes on below its own text', () => {
  const text = 'Words:\n  first    one two three four five six seven\n    deep words that go on and on';
  assert.deepEqual(linesWithin(text, 28), [
    'Words:',
    '  first    one two three',
    '           four five six',
    '           seven',
    '    deep words that go on',
    '    and on',
  ]);
  assert.deepEqual(linesWithin(text, 80), text.split('\n'));
});

test('an example that is wrapped is still one command for a shell', () => {
  const examples = Object.values(EXAMPLES).flatMap((each) => Object.keys(each));
  for (const line of examples) {
    const lines = linesWithin(`  ${line}`, NARROW);
    assert.equal(
      lines
        .join('\n')
        .trim()
        .replaceAll(/ \\\n +/g, ' '),
      line,
    );
    assert.ok(lines.length === 1 || lines.slice(0, -1).every((each) => each.endsWith(' \\')), line);
  }
});

test('paragraphs of a help fill the terminal, however the source has wrapped them', () => {
  const { stdout } = spawnSync(EARSHOT, ['setup', '--help'], {
    encoding: 'utf8',
    env: { ...process.env, COLUMNS: '80' },
  });
  const lines = stdout.split('\n');
  for (const [i, line] of lines.entries()) {
    const [word = ''] = (lines[i + 1] ?? '').split(' ');
    if (/^\S/.test(line) && word !== '') assert.ok(`${line} ${word}`.length > 80, line);
  }
  assert.match(stdout, /no gateway, the\b/, 'the source has a new line there');
});

test('COLUMNS is the width where there is no terminal', () => {
  const env = { ...process.env, COLUMNS: '40' };
  const { stdout } = spawnSync(EARSHOT, ['turns', '--help'], { encoding: 'utf8', env });
  assert.ok(
    stdout.split('\n').every((line) => line.length <= 40),
    stdout,
  );
});

test('the version is told by a word, too', () => {
  for (const word of ['version', '--version', '-v', '-V']) assert.equal(run(word).stdout, `${VERSION}\n`, word);
});

test('help COMMAND is the help of the command, also of one below it', () => {
  for (const [words, own] of [
    [['turns'], ['turns', '--help']],
    [
      ['turns', 'play'],
      ['turns', 'play', '--help'],
    ],
  ] as const) {
    const { stdout, status } = run('help', ...words);
    assert.equal(status, 0);
    assert.equal(stdout, run(...own).stdout);
    assert.match(stdout, /^Examples:\n {2}earshot turns/m);
  }
});
