/** The configuration file, as every command reads it: what comes before what, and what is wrong is said with its line. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { SHORT_SPEECH } from '../support/speech.ts';

interface Told {
  file: string | null;
  commands: { command: string; options: { option: string; value: unknown; from: string; where: string | null }[] }[];
}

async function withFile(text: string, use: (run: Run, file: string) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    mkdirSync(join(folder, 'earshot'));
    const file = join(folder, 'earshot', 'config.jsonc');
    writeFileSync(file, text);
    await use(
      (args, env = {}) =>
        earshot(args, { cwd: folder, env: { ...process.env, XDG_CONFIG_HOME: folder, ...env } }).ended,
      file,
    );
  });
}
type Run = (args: string[], env?: NodeJS.ProcessEnv) => ReturnType<typeof earshot>['ended'];

const FILE = `{
  "commands": {
    "every": { "state": "/nowhere", "log-level": "error" }, // a comment
    "run": { "gateway": "ws://127.0.0.1:1", "duck": true },
    "gateway": { "limit": ["turns=7", "packets=off"], "open": true },
    "turns play": { "output": "x.wav" },
    "analyze": { "silence-db": -20 }
  },
}`;

test('a flag comes before the environment, that before the file, and the file before the default', () =>
  withFile(FILE, async (run, file) => {
    const told = async (command: string, env?: NodeJS.ProcessEnv) => {
      const { stdout, stderr } = await run(['config', ...command.split(' '), '--json'], env);
      const { commands, file: from } = JSON.parse(stdout || stderr) as Told;
      assert.equal(from, file);
      return Object.fromEntries((commands[0]?.options ?? []).map(({ option, ...rest }) => [option, rest]));
    };
    const ofRun = await told('run', { EARSHOT_STATE: '/environment', EARSHOT_TOKEN: 'a-secret-of-the-device' });
    assert.deepEqual(ofRun.state, { value: '/environment', from: 'environment', where: 'EARSHOT_STATE' });
    assert.deepEqual(ofRun.token, { value: '(hidden)', from: 'environment', where: 'EARSHOT_TOKEN' });
    assert.deepEqual(ofRun.gateway, { value: 'ws://127.0.0.1:1', from: 'file', where: 'commands.run.gateway' });
    assert.deepEqual(ofRun.duck, { value: true, from: 'file', where: 'commands.run.duck' });
    assert.deepEqual(ofRun['log-level'], { value: 'error', from: 'file', where: 'commands.every.log-level' });
    assert.deepEqual(ofRun.complexity, { value: 5, from: 'default', where: null });
    assert.deepEqual((await told('gateway')).limit?.value, ['turns=7', 'packets=off']);
    assert.equal((await told('turns play')).output?.value, 'x.wav');

    const threshold = async (...flags: string[]) => {
      const { stdout } = await run(['analyze', SHORT_SPEECH, '--json', ...flags]);
      return (JSON.parse(stdout) as { silence: { thresholdDb: number } }).silence.thresholdDb;
    };
    assert.deepEqual([await threshold(), await threshold('--silence-db', '-30')], [-20, -30]);
  }));

test('what holds for every command is shown once', () =>
  withFile(FILE, async (run, file) => {
    const { stdout } = await run(['config']);
    assert.ok(stdout.startsWith(`configuration file: ${file}\nevery\n`), stdout);
    assert.match(stdout, /^ {2}log-level {2,}error {2}\(commands\.every\.log-level\)$/m);
    assert.equal(stdout.split('commands.every.log-level').length, 2, stdout);
    assert.match(stdout, /^ {2}limit +\["turns=7","packets=off"\] {2}\(commands\.gateway\.limit\)$/m);
  }));

const wrong: [content: string, says: RegExp][] = [
  [
    '{ "commands": { "run": { "gatway": "x" } } }',
    /config\.jsonc, line 1, commands\.run\.gatway: .*did you mean “gateway”/,
  ],
  ['{\n"commands": { "rum": {} } }', /line 2, commands\.rum: there is no command rum; did you mean “run”/],
  ['{ "commands": { "run": { "mode": "loud" } } }', /commands\.run\.mode: Allowed choices are push, voice, wake/],
  [
    '{ "commands": { "run": { "frames-per-packet": 9 } } }',
    /commands\.run\.frames-per-packet: Write a whole number from 1 to 6/,
  ],
  ['{ "commands": { "run": { "once": "yes" } } }', /commands\.run\.once: Write true or false/],
  ['{ "commands": { "run": { "name": ["a"] } } }', /commands\.run\.name: Write one value, not a list/],
  ['{ "commands": { "run": { "name": {} } } }', /commands\.run\.name: Write a text or a number/],
  ['{ "commands": { "run": { "token": "abc" } } }', /commands\.run\.token: keys do not stand in this file/],
  ['{ "commands": { "every": { "assistant": "openai" } } }', /commands\.every\.assistant: the section “assistant”/],
  ['{ "commands": [] }', /commands: write an object/],
  ['{ "commands": { "run": 1 } }', /commands\.run: write an object/],
  ['{ "commands": ', /line 1/],
];

test('what is wrong is said with file and line, before anything starts', () =>
  inTemporaryFolder(async (folder) => {
    for (const [content, says] of wrong) {
      const file = join(folder, 'config.jsonc');
      writeFileSync(file, content);
      const { code, stderr, stdout } = await earshot(['run', '--config', file]).ended;
      assert.deepEqual([code, stdout], [2, ''], content);
      assert.match(stderr, says);
      assert.doesNotMatch(stderr, /abc|\n\s+at /);
    }
    const { code, stdout } = await earshot(['run', '--help', '--config', join(folder, 'config.jsonc')]).ended;
    assert.deepEqual([code, stdout.includes('Usage: earshot run')], [0, true], 'help is shown all the same');
  }));
