/**
 * A state folder has one device and one gateway: a second one gets an error with the first one's process, and the lock
 * of an ended process has no effect.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EarshotError } from '../../src/core/errors.ts';
import { lockFile } from '../../src/core/files/paths.ts';
import { type LockOptions, lockState } from '../../src/core/files/state-lock.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import { endWithTests } from '../support/end-with-tests.ts';
import { once } from '../support/in-time.ts';

const NOW_MS = Date.UTC(2031, 4, 6, 7, 8, 9);
const clock = { wallNow: () => NOW_MS };
const hold = (state: string, changes: Partial<LockOptions> = {}) =>
  lockState({ state, roles: ['device'], command: 'earshot run', clock, log: silentLog, ...changes });

function refused(code: string, says: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof EarshotError && error.code === code, String(error));
    assert.match(error.message, says);
    return true;
  };
}

const HOLDER = fileURLToPath(new URL('lock-holder.ts', import.meta.url));
const NODE = [process.execPath, '--import', 'tsx', HOLDER];

/** Starts a process that locks the folder, and resolves with it and its output. */
async function holder(state: string, [program = '', ...args] = NODE): Promise<{ child: ChildProcess; says: string }> {
  const child = endWithTests(spawn(program, [...args, state], { stdio: ['ignore', 'pipe', 'inherit'] }));
  const [says] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, says };
}

test('the second device gets a message with the first one’s process and start time', () =>
  inTemporaryFolder(async (folder) => {
    const letGo = hold(folder);
    assert.throws(
      () => hold(folder),
      refused(
        'state_in_use',
        new RegExp(`already has a device: earshot run, process ${process.pid}, since 2031-05-06T07:08:09`),
      ),
    );
    letGo();
    hold(folder)();
  }));

test('a device and a gateway share a folder; a start is both', () =>
  inTemporaryFolder(async (folder) => {
    const device = hold(folder);
    const gateway = hold(folder, { roles: ['gateway'], command: 'earshot gateway' });
    const start = { roles: ['device', 'gateway'], command: 'earshot start' } as const;
    assert.throws(() => hold(folder, start), refused('state_in_use', /already has a device/));
    device();
    assert.throws(() => hold(folder, start), refused('state_in_use', /already has a gateway: earshot gateway/));
    gateway();
    const both = hold(folder, start);
    assert.throws(() => hold(folder), refused('state_in_use', /earshot start/));
    both();
    hold(folder)();
  }));

test('the lock file of an ended process is not a lock, even if its process ID is in use again', () =>
  inTemporaryFolder(async (folder) => {
    const gone = { pid: process.pid, host: hostname(), command: 'earshot run', since: '2031-01-01T00:00:00.000Z' };
    writeFileSync(lockFile(folder, 'device'), JSON.stringify(gone));
    hold(folder)();
    writeFileSync(lockFile(folder, 'device'), '{"pid":');
    hold(folder)();
  }));

test('a killed process releases its lock', () =>
  inTemporaryFolder(async (folder) => {
    const { child, says } = await holder(folder);
    assert.equal(says, 'held');
    assert.throws(() => hold(folder), refused('state_in_use', new RegExp(`process ${child.pid}`)));
    child.kill('SIGKILL');
    await once(child, 'exit');
    hold(folder)();
  }));

test('of many simultaneous starts one gets the lock', () =>
  inTemporaryFolder(async (folder) => {
    const all = await Promise.all(Array.from({ length: 6 }, () => holder(join(folder, 'state'))));
    const said = all.map(({ says }) => says).sort();
    for (const { child } of all) child.kill('SIGKILL');
    assert.deepEqual(said, ['held', ...Array.from({ length: 5 }, () => 'state_in_use')]);
  }));

test('a process in another container is detected, although its process ID is from another namespace', async (t) => {
  const apart = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
  if (spawnSync(apart[0] ?? '', [...apart.slice(1), 'true']).status !== 0)
    return t.skip('namespaces are not permitted here');
  await inTemporaryFolder(async (folder) => {
    const { child, says } = await holder(folder, [...apart, ...NODE]);
    assert.equal(says, 'held');
    assert.throws(() => hold(folder), refused('state_in_use', /process \d+/));
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
});

test('a lock file that is deleted under a waiting process is not held by two', () =>
  inTemporaryFolder(async (folder) => {
    const letGo = hold(folder);
    rmSync(lockFile(folder, 'device'));
    // A later process creates a new one: the folder's owner has deleted the old one.
    const second = hold(folder);
    assert.throws(() => hold(folder), refused('state_in_use', /already/));
    letGo();
    assert.throws(() => hold(folder), refused('state_in_use', /already/));
    second();
  }));

test('a full disk does not prevent a start', (t) =>
  inTemporaryFolder(async (folder) => {
    const small = join(folder, 'small');
    mkdirSync(small, { mode: 0o700 });
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8k,mode=700', 'tmpfs', small]).status !== 0) {
      return t.skip('a full disk needs a mount, and that is not permitted here');
    }
    try {
      hold(small)();
      assert.throws(() => writeFileSync(join(small, 'token'), Buffer.alloc(64 * 1_024)), /ENOSPC/);
      const warnings: string[] = [];
      const letGo = hold(small, { log: { ...silentLog, warn: (message) => warnings.push(message) } });
      assert.match(warnings.join(), /disk is full/);
      assert.throws(() => hold(small), refused('state_in_use', /another process/));
      letGo();
      assert.equal(readFileSync(lockFile(small, 'device'), 'utf8'), '');
    } finally {
      spawnSync('umount', [small]);
    }
  }));

test('without flock(1) Earshot logs a warning and runs', () =>
  inTemporaryFolder(async (folder) => {
    const path = process.env.PATH;
    const warnings: string[] = [];
    process.env.PATH = folder;
    try {
      hold(join(folder, 'state'), { log: { ...silentLog, warn: (message) => warnings.push(message) } })();
    } finally {
      process.env.PATH = path;
    }
    assert.match(warnings.join(), /cannot be locked/);
  }));
