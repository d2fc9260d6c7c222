/**
 * The end of a gateway with an embedded cloud.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startEmbeddedCloud } from '../../src/cloud/supervise.ts';
import { DEFAULT_LIMITS } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';

test("a gateway's end does not wait for its cloud, which takes seconds to end on a busy machine", async () => {
  const held = () =>
    process
      .getActiveResourcesInfo()
      .filter((name) => ['PipeWrap', 'ProcessWrap'].includes(name))
      .sort();
  const before = held();
  const cloud = await startEmbeddedCloud(DEFAULT_LIMITS, silentLog);
  assert.notDeepEqual(held(), before);
  cloud.close();
  assert.deepEqual(held(), before);
});
