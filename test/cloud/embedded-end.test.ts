/**
 * The end of a gateway with an embedded cloud.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startEmbeddedCloud } from '../../src/cloud/supervise.ts';
import { DEFAULT_LIMITS } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';

const held = () =>
  process
    .getActiveResourcesInfo()
    .filter((name) => ['PipeWrap', 'ProcessWrap'].includes(name))
    .sort();

const folder = mkdtempSync(join(tmpdir(), 'earshot-test-end-'));
const options = {
  folder,
  isEphemeral: true,
  gatewayKey: 'a key for tests that nobody can guess',
  port: 0,
  limits: DEFAULT_LIMITS,
  log: silentLog,
};
after(() => rmSync(folder, { recursive: true, force: true }));

test("a gateway's end does not wait for its cloud, which takes seconds to end on a busy machine", async () => {
  const before = held();
  const cloud = await startEmbeddedCloud(options);
  assert.notDeepEqual(held(), before);
  cloud.close();
  assert.deepEqual(held(), before);
});

test('nor for a cloud that still starts', () => {
  const before = held();
  const stopping = new AbortController();
  startEmbeddedCloud(options, stopping.signal).catch(() => undefined);
  assert.notDeepEqual(held(), before);
  stopping.abort();
  assert.deepEqual(held(), before);
});

test('a cloud is not started after the end', async () => {
  await assert.rejects(startEmbeddedCloud(options, AbortSignal.abort()), { name: 'AbortError' });
});
