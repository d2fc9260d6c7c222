/**
 * Two daemons do not use each other's turns, two gateways not each other's address; and a full disk stops none of them.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cloudAddressFile, storedTurnsFolder } from '../../src/core/files/paths.ts';
import { earshot, inTemporaryFolder, type RunningCli } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { LONG_SPEECH, SHORT_SPEECH } from '../support/speech.ts';

/** Nothing listens there (discard). */
const NOBODY = 'ws://127.0.0.1:9';
const SPEECH = ['--input', SHORT_SPEECH, '--output', 'null'];

async function openGateway(args: string[] = []): Promise<{ gateway: RunningCli; url: string }> {
  const gateway = earshot(['gateway', '--port', '0', '--open', '--json', ...args]);
  const { url } = JSON.parse(await gateway.line(/^\{/)) as { url: string };
  return { gateway, url };
}

async function end(running: RunningCli): Promise<void> {
  running.kill('SIGTERM');
  assert.equal((await running.ended).code, 0);
}

test('a second daemon does not touch the incomplete turn of the first', () =>
  inTemporaryFolder(async (folder) => {
    const state = join(folder, 'state');
    const { gateway, url } = await openGateway();
    // The first one records, and has no connection.
    const first = earshot(['run', '--gateway', NOBODY, '--input', LONG_SPEECH, '--output', 'null', '--state', state]);
    const turns = () => (existsSync(storedTurnsFolder(state)) ? readdirSync(storedTurnsFolder(state)) : []);
    const bytes = () => Math.max(0, ...turns().map((name) => statSync(join(storedTurnsFolder(state), name)).size));
    await eventually(() => bytes() > 0, 'a turn is on the disk');

    const quiet = ['run', '--gateway', url, '--input', 'silence', '--output', 'null', '--state', state];
    const second = await earshot(quiet).ended;
    assert.equal(second.code, 1, second.stderr);
    assert.match(second.stderr, /already has a device: earshot run, process \d+, since/);
    assert.equal(turns().length, 1);
    assert.ok(bytes() > 0);
    first.kill('SIGKILL');
    await first.ended;

    // The files of a killed process have no effect.
    const third = earshot(quiet);
    await third.message(/was delivered to the cloud/);
    await end(third);
    assert.deepEqual(turns(), []);
    await end(gateway);
  }));

test('a second gateway does not touch the address of the first; reading commands still work', () =>
  inTemporaryFolder(async (state) => {
    const { gateway, url } = await openGateway(['--state', state]);
    await eventually(() => existsSync(cloudAddressFile(state)), 'the address of the cloud');
    const address = readFileSync(cloudAddressFile(state), 'utf8');

    for (const second of [
      ['gateway', '--port', '0'],
      ['start', '--once', ...SPEECH],
    ]) {
      const { code, stderr } = await earshot([...second, '--state', state]).ended;
      assert.equal(code, 1, stderr);
      assert.match(stderr, /already has a gateway: earshot gateway, process \d+, since/);
    }
    assert.equal(readFileSync(cloudAddressFile(state), 'utf8'), address);
    const device = await earshot(['run', '--once', '--gateway', url, ...SPEECH, '--state', state]).ended;
    assert.equal(device.code, 0, device.stderr);
    for (const looks of [['turns'], ['pair', 'list'], ['replies', 'list'], ['dead-letters']]) {
      const { code, stderr } = await earshot([...looks, '--state', state]).ended;
      assert.equal(code, 0, `${looks[0]}: ${stderr}`);
    }
    await end(gateway);
    assert.equal(existsSync(cloudAddressFile(state)), false);
  }));

test('with a full disk a daemon runs turns, and reports that they are not stored', (t) =>
  inTemporaryFolder(async (folder) => {
    const small = join(folder, 'small');
    mkdirSync(small);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=700', 'tmpfs', small]).status !== 0) {
      return t.skip('a full disk needs a mount, and that is not permitted here');
    }
    try {
      const { gateway, url } = await openGateway();
      const run = (args: string[] = []) =>
        earshot(['run', '--once', '--gateway', url, ...SPEECH, '--state', small, ...args]).ended;
      assert.equal((await run()).code, 0);
      assert.throws(() => writeFileSync(join(small, 'filler'), Buffer.alloc(128 * 1_024)), /ENOSPC/);
      const { code, stderr } = await run(['--record']);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /disk is full/i);
      await end(gateway);
    } finally {
      spawnSync('umount', [small]);
    }
  }));
