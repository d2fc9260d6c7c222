import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';

const PROGRAM = new URL('../../src/cloud/process.ts', import.meta.url);

test('a cloud whose gateway ends during its start ends too, without output and without leaving files', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-cloud-'));
  const cloud = fork(PROGRAM, [JSON.stringify({ port: 0, folder })], {
    env: { ...process.env, EARSHOT_GATEWAY_KEY: 'key' },
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  assert.ok(cloud.stderr);
  const said = text(cloud.stderr);
  cloud.disconnect();
  const [code] = await once(cloud, 'exit');
  assert.equal(await said, '');
  assert.equal(code, 0);
  assert.equal(existsSync(folder), false);
});
