/**
 * Commands of the tests and benches say how they are called, and a wrong command line costs one line, not a stack trace.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CommanderError } from 'commander';
import { chart, count, counts, flag, oneOf, parseOptions, someOf, text } from '../support/command-options.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const OPTIONS = {
  devices: count('devices', 300),
  everyMs: count('how often', 10, 0),
  limit: count('a limit'),
  sizes: counts('of fleets', [200, 500]),
  confirm: oneOf(['cloud', 'disk'], 'how turns are confirmed'),
  parts: someOf(['one', 'two', 'three'], 'what is measured'),
  base: text('folder', 'of another version'),
  plot: chart('draws it'),
  json: flag('as JSON'),
};

function parsed(...args: string[]) {
  const said = { out: '', error: '' };
  const write = {
    out(line: string) {
      said.out += line;
    },
    error(line: string) {
      said.error += line;
    },
  };
  try {
    return {
      values: parseOptions({ command: 'npm run it', summary: 'Does it.', options: OPTIONS }, args, write),
      said,
    };
  } catch (error) {
    assert.ok(error instanceof CommanderError, String(error));
    return { code: error.exitCode, said };
  }
}

test('options have their types and defaults', () => {
  const none = { limit: undefined, confirm: undefined, base: undefined, plot: undefined };
  const defaults = { devices: 300, everyMs: 10, sizes: [200, 500], parts: ['one', 'two', 'three'], json: false };
  assert.deepEqual({ ...none, ...parsed().values }, { ...none, ...defaults });
  const args =
    '--devices 5 --every-ms 0 --limit 7 --sizes 1,2 --confirm disk --parts two,one --base . --plot a.svg --json';
  assert.deepEqual(parsed(...args.split(' ')).values, {
    ...{ devices: 5, everyMs: 0, limit: 7, sizes: [1, 2], confirm: 'disk', parts: ['two', 'one'] },
    ...{ base: '.', plot: 'a.svg', json: true },
  });
});

const WRONG = [
  '--unknown',
  '--device 5',
  '--devices x',
  '--devices -1',
  '--sizes 1,x',
  '--confirm both',
  '--parts four',
  '--plot a.txt',
  'word',
];
for (const line of WRONG) {
  test(`“${line}” costs one line`, () => {
    const { code, said } = parsed(...line.split(' '));
    assert.equal(code, 1);
    assert.match(said.error, /^error: [^\n]+ \(see npm run it -- --help\)\n$/);
  });
}

test('--help lists every option with its default', () => {
  const { code, said } = parsed('--help');
  assert.equal(code, 0);
  assert.match(said.out, /Usage: npm run it -- \[options\]\s+Does it\./);
  for (const each of ['--every-ms <n>', 'default: 200,500', '--confirm <cloud|disk>', '--parts <name,…>', '--json']) {
    assert.ok(said.out.includes(each), `${each} is missing in\n${said.out}`);
  }
  assert.ok(!said.out.includes('default: false'));
});

test('no command of the tests reads its command line otherwise', () => {
  const sources = readdirSync(`${ROOT}test`, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const isCommand = (file: string) => /(^|[/-])(cli|bench)\.ts$/.test(file) && file !== 'support/cli.ts';
  const read = (file: string) => readFileSync(`${ROOT}test/${file}`, 'utf8');
  assert.deepEqual(
    sources.filter((file) => isCommand(file) && !read(file).includes('commandOptions(')),
    [],
  );
  const own = ['structure/command-options.test.ts'];
  assert.deepEqual(
    sources.filter((file) => !own.includes(file) && /\bparseArgs\b/.test(read(file))),
    [],
  );
});
