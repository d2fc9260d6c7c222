/** What `earshot doctor` and `earshot models` print on terminals of any width. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { findingLines } from '../../src/cli/doctor/finding-lines.ts';
import { EARSHOT } from '../support/cli.ts';

const FINDING = {
  check: 'sound cards',
  status: 'warn',
  detail: 'the kernel has no sound card',
  hint: 'Connect one, or install its driver; without one Earshot works with files.',
} as const;

const within = (columns: number) =>
  findingLines(FINDING, columns).map((line) =>
    [line]
      .flat()
      .map((piece) => (typeof piece === 'string' ? piece : piece.text))
      .join(''),
  );

test('a finding is wrapped at words; on a narrow terminal it stands below its name', () => {
  assert.deepEqual(within(Number.POSITIVE_INFINITY), [
    'warn  sound cards  the kernel has no sound card',
    '                   → Connect one, or install its driver; without one Earshot works with files.',
  ]);
  assert.deepEqual(within(70), [
    'warn  sound cards  the kernel has no sound card',
    '                   → Connect one, or install its driver; without one',
    '                   Earshot works with files.',
  ]);
  assert.deepEqual(within(40), [
    'warn  sound cards',
    '      the kernel has no sound card',
    '      → Connect one, or install its',
    '      driver; without one Earshot works',
    '      with files.',
  ]);
});

test('the list of models fits a terminal of 40 columns, and keeps its lines elsewhere', () => {
  const env = { ...process.env, EARSHOT, EARSHOT_STDOUT: '', EARSHOT_STDERR: '', EARSHOT_MODELS: '/nowhere' };
  const command = 'stty cols 40; exec "$EARSHOT" models list';
  const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { env, encoding: 'utf8' });
  const words = stdout.replaceAll('\r', '').trimEnd().split('\n');
  assert.match(stdout, /^moonshine-tiny/m);
  for (const line of words) assert.ok(line.length <= 40 || !/\S +\S/.test(line), line);
  const piped = spawnSync(EARSHOT, ['models', 'list'], { env, encoding: 'utf8' }).stdout;
  assert.equal(piped.split(/\s+/).join(' '), stdout.split(/\s+/).join(' '));
  assert.match(piped, /^moonshine-tiny .*MB\)$/m);
});
