/**
 * Recordings and keys are for one user: every state folder that is created or found is closed to others, and files of
 * other users are not touched.
 */
import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { EarshotError } from '../../src/core/errors.ts';
import { openPrivateFolder } from '../../src/core/files/private-folder.ts';
import { lockState } from '../../src/core/files/state-lock.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { openInlineTurnStore } from '../support/inline-turn-store.ts';
import { SHORT_SPEECH } from '../support/speech.ts';

const modeOf = (path: string) => statSync(path).mode & 0o7777;
const hold = (state: string) =>
  lockState({ state, roles: ['device'], command: 'earshot run', clock: systemClock, log: silentLog });

/** The access that others have to anything below a folder. */
function openToOthers(folder: string): string[] {
  return [folder, ...readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)))].filter(
    (path) => (lstatSync(path).mode & 0o077) !== 0,
  );
}

function refused(says: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof EarshotError && error.code === 'store_failed', String(error));
    assert.match(error.message, says);
    return true;
  };
}

test('a turn, its recording and a flight record are not accessible to others, with any umask', () =>
  inTemporaryFolder(async (folder) => {
    const state = join(folder, 'new', 'state');
    const umask = process.umask(0);
    const files = ['--input', SHORT_SPEECH, '--output', 'null', '--state', state];
    const ended = earshot(['start', '--once', '--record-audio', ...files], { cwd: folder }).ended;
    process.umask(umask);
    const { code, stderr } = await ended;
    assert.equal(code, 0, stderr);
    assert.ok(readdirSync(state, { recursive: true }).length > 5);
    assert.deepEqual(openToOthers(join(folder, 'new')), []);
  }));

test('an accessible folder is made private, with the files in it', () =>
  inTemporaryFolder(async (folder) => {
    const state = join(folder, 'state');
    for (const path of [state, join(state, 'turns'), join(state, 'flight')]) mkdirSync(path);
    const files = ['token', 'cloud.json', 'turns/one.turn'].map((name) => join(state, name));
    for (const path of files) writeFileSync(path, '');
    for (const path of [state, join(state, 'turns')]) chmodSync(path, 0o755);
    for (const path of files) chmodSync(path, 0o644);
    hold(state)();
    openInlineTurnStore(join(state, 'turns'), { limit: 1, onDropped() {}, onDamaged() {} });
    openPrivateFolder(join(state, 'flight'));
    assert.deepEqual(openToOthers(state), []);
  }));

test('an accessible folder with other files in it is refused and stays unchanged', () =>
  inTemporaryFolder(async (folder) => {
    chmodSync(folder, 0o1777);
    writeFileSync(join(folder, 'letter'), '');
    assert.throws(() => hold(folder), refused(/readable by other users.*letter/));
    assert.equal(modeOf(folder), 0o1777);
    assert.deepEqual(readdirSync(folder), ['letter']);
    // Its owner may confirm that it is Earshot's.
    chmodSync(folder, 0o700);
    hold(folder)();
  }));

test("another user's folder is refused and stays unchanged", (t) =>
  inTemporaryFolder(async (folder) => {
    if (process.geteuid?.() !== 0) return t.skip('only root can create a folder of another user');
    const theirs = join(folder, 'theirs');
    mkdirSync(theirs);
    chmodSync(theirs, 0o755);
    chownSync(theirs, 12_345, 12_345);
    assert.throws(() => hold(theirs), refused(/belongs to another user \(12345; this one is 0\)/));
    assert.throws(
      () => openInlineTurnStore(theirs, { limit: 1, onDropped() {}, onDamaged() {} }),
      refused(/another user/),
    );
    assert.equal(modeOf(theirs), 0o755);
    assert.deepEqual(readdirSync(theirs), []);

    const ours = join(folder, 'ours');
    mkdirSync(ours, { mode: 0o755 });
    symlinkSync(ours, join(folder, 'link'));
    lchownSync(join(folder, 'link'), 12_345, 12_345);
    assert.throws(() => openPrivateFolder(join(folder, 'link')), refused(/another user/));
    assert.equal(modeOf(ours), 0o755);
  }));
