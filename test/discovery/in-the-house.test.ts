import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

/** Its own network, in which only `lo` is up, and nothing that another test announces. */
const APART = ['--net', '--pid', '--fork', '--kill-child'];

test('a device finds the gateway in the house, is paired, and finds it again at another address', async (t) => {
  if (spawnSync('unshare', [...APART, 'true']).status !== 0) return t.skip('namespaces are not permitted here');
  const house = new URL('house.ts', import.meta.url).pathname;
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const program = `ip link set lo up && exec "${process.execPath}" --import tsx "${house}"`;
  await promisify(execFile)('unshare', [...APART, 'sh', '-c', program], { env, timeout: 120_000 }).catch((error) =>
    assert.fail(`${error.message}\n${error.stdout}\n${error.stderr}`),
  );
});
