/**
 * The audio thread loads only what it needs: its memory matters on a small board.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packagesLoadedWith } from '../support/built.ts';

test('the audio thread starts without any package: no machines, and sound libraries only when they are used', () => {
  assert.deepEqual(packagesLoadedWith('audio-worker.js'), []);
  assert.ok(packagesLoadedWith('cli.js').includes('commander'), 'imports of packages are detected');
});
