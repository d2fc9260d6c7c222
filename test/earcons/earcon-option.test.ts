import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { EARCONS } from '../../actors/earcons/earcons.ts';
import { earconOption, parseEarcons } from '../../src/cli/terminal/earcon-option.ts';

const given = (...args: string[]) =>
  new Command().addOption(earconOption()).parse(args, { from: 'user' }).opts<{ earcons?: string[] }>().earcons;

test('all, none, or some of them', () => {
  assert.equal(given(), undefined);
  assert.deepEqual(given('--earcons', 'all'), EARCONS);
  assert.deepEqual(given('--earcons', 'none'), []);
  assert.deepEqual(given('--earcons', 'error, listening'), ['listening', 'error']);
  assert.throws(() => parseEarcons('listening,fanfare'), /Write all, none, or some of/);
});
