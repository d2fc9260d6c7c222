import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { EmbeddedSettings, ToParent } from '../../src/cloud/messages.ts';
import { endWithTests } from '../support/end-with-tests.ts';
import { once } from '../support/in-time.ts';

const PROGRAM = new URL('../../src/cloud/process.ts', import.meta.url);

const newFolder = () => mkdtempSync(join(tmpdir(), 'earshot-cloud-'));

function start(settings: Omit<EmbeddedSettings, 'port'>): ChildProcess {
  return endWithTests(
    fork(PROGRAM, [JSON.stringify({ port: 0, ...settings })], {
      env: { ...process.env, EARSHOT_GATEWAY_KEY: 'key' },
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    }),
  );
}

for (const isEphemeral of [true, false]) {
  const what = isEphemeral ? 'an ephemeral cloud leaves no files' : 'a lasting cloud keeps its files';
  test(`a cloud whose gateway ends during its start ends too, without output; ${what}`, async () => {
    const folder = newFolder();
    const cloud = start({ folder, isEphemeral });
    assert.ok(cloud.stderr);
    const said = text(cloud.stderr);
    cloud.disconnect();
    const [code] = await once(cloud, 'exit');
    assert.equal(await said, '');
    assert.equal(code, 0);
    assert.equal(existsSync(folder), !isEphemeral);
    rmSync(folder, { recursive: true, force: true });
  });
}

test('a folder has one cloud: a second one says which process has it', async () => {
  const folder = newFolder();
  const first = start({ folder });
  assert.equal(((await once(first, 'message')) as [ToParent])[0].kind, 'ready');
  const second = start({ folder, lockPatienceMs: 0 });
  const [answer] = (await once(second, 'message')) as [ToParent];
  assert.equal(answer.kind, 'failed');
  const reason = answer.kind === 'failed' ? answer.reason : '';
  assert.ok(reason.includes(`${folder} already has a cloud`), reason);
  assert.ok(reason.includes(`process ${first.pid},`), reason);
  first.kill('SIGKILL');
  await once(first, 'exit');
  const third = start({ folder, lockPatienceMs: 0 });
  assert.equal(((await once(third, 'message')) as [ToParent])[0].kind, 'ready');
  third.kill('SIGKILL');
  await once(third, 'exit');
  rmSync(folder, { recursive: true, force: true });
});

test('SIGTERM closes a lasting cloud in order: nothing is left to recover', async () => {
  const folder = newFolder();
  const cloud = start({ folder });
  assert.ok(cloud.stderr);
  const said = text(cloud.stderr);
  const [ready] = (await once(cloud, 'message')) as [ToParent];
  assert.equal(ready.kind, 'ready');
  assert.equal(existsSync(join(folder, 'cloud.db-wal')), true);
  cloud.kill('SIGTERM');
  const [code] = await once(cloud, 'exit');
  assert.deepEqual([code, await said], [0, '']);
  assert.equal(existsSync(join(folder, 'cloud.db-wal')), false);
  rmSync(folder, { recursive: true, force: true });
});
