/**
 * Without its flags there is no inspection: nothing listens, nothing is loaded, nothing is attached. With them, an
 * address other than loopback needs a token.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspectorFor } from '../../src/cli/terminal/inspect-options.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { DIST, loadedWith } from '../support/built.ts';
import { earshot, inTemporaryFolder } from '../support/cli.ts';

/** A text that only the inspector contains. */
const MARKER = 'earshot.inspect.1';

test('no command that runs machines imports the inspector statically', () => {
  const chunks = readdirSync(DIST).filter((name) => name.endsWith('.js'));
  const carries = (name: string) => readFileSync(join(DIST, name), 'utf8').includes(MARKER);
  assert.ok(chunks.some(carries), 'the inspector is in the bundle');
  for (const command of ['cli', 'start', 'run', 'gateway', 'audio-worker']) {
    const entry = chunks.find((name) => new RegExp(`^${command}(-\\w+)?\\.js$`).test(name));
    assert.ok(entry, command);
    for (const name of loadedWith(entry)) assert.ok(!carries(name), `${command} loads ${name}`);
  }
});

/** Ports on which a process listens. */
function listeningPorts(pid: number): number[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        // Closed meanwhile.
        return [];
      }
    }),
  );
  const LISTEN = '0A';
  return readFileSync(`/proc/${pid}/net/tcp`, 'utf8')
    .split('\n')
    .slice(1)
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === LISTEN && inodes.has(inode ?? ''))
    .map(([, local = '']) => Number.parseInt(local.split(':')[1] ?? '', 16));
}

test('without a flag there is no inspector, so nothing is attached', () =>
  inTemporaryFolder(async (folder) => {
    assert.equal(await inspectorFor({ inspectHost: '127.0.0.1' }, { folder, role: 'device' }, silentLog), undefined);
    assert.deepEqual(readdirSync(folder), []);
  }));

test('without the flag only the gateway listens, and no file of a flight recorder is created', () =>
  inTemporaryFolder(async (folder) => {
    const gateway = earshot(['gateway', '--port', '0', '--json', '--state', folder], { cwd: folder });
    const { url } = JSON.parse(await gateway.line(/^\{/)) as { url: string };
    assert.deepEqual(listeningPorts(gateway.pid), [Number(new URL(url).port)]);
    assert.ok(!readdirSync(folder).includes('flight'));
    gateway.kill('SIGTERM');
    await gateway.ended;
  }));

test('with the flag a page is served, on loopback', () =>
  inTemporaryFolder(async (folder) => {
    const gateway = earshot(['gateway', '--port', '0', '--inspect=0', '--json', '--state', folder], { cwd: folder });
    const url = new URL((await gateway.message(/^inspector at /)).replace('inspector at ', ''));
    assert.equal(url.hostname, '127.0.0.1');
    assert.equal((await fetch(url)).status, 200);
    await gateway.line(/^\{/);
    assert.equal(listeningPorts(gateway.pid).length, 2);
    gateway.kill('SIGTERM');
    assert.equal((await gateway.ended).code, 0);
  }));

test('another address needs a token', async () => {
  for (const token of [[], ['--inspect-token', 'short'], ['--inspect-token', 'with spaces in it, long']]) {
    const refused = await earshot(['gateway', '--port', '0', '--inspect=0', '--inspect-host', '0.0.0.0', ...token])
      .ended;
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /only with a token/);
  }
});

test('a port in use, and an invalid one, are reported clearly', () =>
  inTemporaryFolder(async (folder) => {
    const first = earshot(['gateway', '--port', '0', '--inspect=0', '--state', folder], { cwd: folder });
    const { port } = new URL((await first.message(/^inspector at /)).replace('inspector at ', ''));
    const second = await earshot(['gateway', '--port', '0', `--inspect=${port}`]).ended;
    assert.equal(second.code, 1);
    assert.match(second.stderr, new RegExp(`inspector's port ${port} is in use`));
    assert.equal((await earshot(['gateway', '--inspect=many']).ended).code, 2);
    first.kill('SIGTERM');
    await first.ended;
  }));
