/** A command line with a word too many, too few or misspelled: the message names the word, and the help of the very command. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { type Command, CommanderError } from 'commander';
import { createProgram } from '../../src/cli/program.ts';
import { EARSHOT } from '../support/cli.ts';

const SAID: Readonly<Record<string, string[]>> = {
  'turns paly': ["error: unknown command 'paly'", '(Did you mean play?)', '(see earshot turns --help)'],
  'turns list': ["error: unknown command 'list'", '(earshot turns lists them)', '(see earshot turns --help)'],
  'devices xyz': ["error: unknown command 'xyz'", '(see earshot devices --help)'],
  'models fech': ["error: unknown command 'fech'", '(Did you mean fetch?)', '(see earshot models --help)'],
  'models list now': ["error: unexpected argument 'now'", '(see earshot models list --help)'],
  'pair lst': ["error: unknown command 'lst'", '(Did you mean list?)', '(see earshot pair --help)'],
  'pair approve': ["error: missing required argument 'code'", '(see earshot pair approve --help)'],
  'pair approve 123456 now': ["error: unexpected argument 'now'", '(see earshot pair approve --help)'],
  'start now': ["error: unexpected argument 'now'", '(see earshot start --help)'],
  'turns --folow': ["error: unknown option '--folow'", '(Did you mean --follow?)', '(see earshot turns --help)'],
  'pair list --jsn': ["error: unknown option '--jsn'", '(Did you mean --json?)', '(see earshot pair list --help)'],
};

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

test('the wrong word and the right help', async () => {
  for (const [line, expected] of Object.entries(SAID)) {
    const program = await createProgram(line.split(' ')[0]);
    const said: string[] = [];
    for (const each of everyCommand(program)) {
      each.configureOutput({ writeErr: (text) => void said.push(text) });
    }
    await assert.rejects(program.parseAsync(line.split(' '), { from: 'user' }), CommanderError, line);
    assert.deepEqual(said.join('').trimEnd().split('\n'), expected, line);
  }
});

test('help of something that is no command', () => {
  const run = (...args: string[]) => spawnSync(EARSHOT, args, { encoding: 'utf8' });
  const wrong = run('help', 'turns', 'plya');
  assert.deepEqual([wrong.status, wrong.stdout], [2, '']);
  assert.equal(wrong.stderr, "error: unknown command 'plya'\n(Did you mean play?)\n(see earshot turns --help)\n");
  assert.deepEqual(run('help', 'help').stdout, run('help').stdout);
});
