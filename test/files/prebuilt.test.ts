/** Which of two native libraries is loaded; JSON files stand in for them. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadAddon, prebuiltFile } from '../../src/core/files/prebuilt.ts';
import { inTemporaryFolder } from '../support/cli.ts';

test('the compiled library is loaded; without one, the installed package', () =>
  inTemporaryFolder(async (folder) => {
    writeFileSync(join(folder, 'compiled.json'), '{"from":"prebuilt"}');
    writeFileSync(join(folder, 'installed.json'), '{"from":"installed"}');
    const installed = join(folder, 'installed.json');
    assert.deepEqual(loadAddon('compiled.json', installed, folder), { from: 'prebuilt' });
    assert.deepEqual(loadAddon('missing.json', installed, folder), { from: 'installed' });
    assert.equal(prebuiltFile('missing.json', folder), undefined);
  }));

test('where the compiled one does not fit the machine, the installed one is loaded, or else the error says why it does not fit', () =>
  inTemporaryFolder(async (folder) => {
    writeFileSync(join(folder, 'compiled.node'), 'not an ELF file');
    writeFileSync(join(folder, 'installed.json'), '{"from":"installed"}');
    assert.deepEqual(loadAddon('compiled.node', join(folder, 'installed.json'), folder), { from: 'installed' });
    assert.throws(() => loadAddon('compiled.node', 'earshot-no-such-package', folder), /compiled\.node/);
    assert.throws(() => loadAddon('missing.node', 'earshot-no-such-package', folder), /Cannot find module/);
    // A package that is there and does not load either: its own error is the one to act on.
    const broken = join(folder, 'broken');
    mkdirSync(broken);
    writeFileSync(join(broken, 'index.js'), 'throw new Error("built for another Node")');
    assert.throws(() => loadAddon('compiled.node', broken, folder), /built for another Node/);
  }));
