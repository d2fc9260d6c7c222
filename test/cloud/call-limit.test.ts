/** Calls of the cloud that are never answered, in virtual time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CALL_LIMIT_MS } from '../../actors/cloud/call-limit.ts';
import { type CallingClient, cloudOf } from '../../actors/cloud/convex-cloud.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { testClock } from '../support/simulated-clock.ts';

function silentCloud() {
  const clock = testClock();
  const never = () => new Promise<never>(() => {});
  const client = { query: never, mutation: never } as unknown as CallingClient;
  const cloud = cloudOf({
    client,
    shard: 0,
    url: 'http://cloud.invalid',
    clock,
    log: silentLog,
    close: async () => {},
  });
  return { clock, cloud };
}

test('a call that is never answered fails after its limit, and not before', async () => {
  const { clock, cloud } = silentCloud();
  const failures: string[] = [];
  for (const call of [cloud.uploadUrl(), cloud.settings('kitchen')]) {
    call.catch(({ code }) => failures.push(code));
  }
  await clock.pass(CALL_LIMIT_MS - 1);
  assert.deepEqual(failures, []);
  await clock.pass(1);
  assert.deepEqual(failures, ['cloud_unavailable', 'cloud_unavailable']);
});

test('of a cloud that is closed no timer is left', async () => {
  const { clock, cloud } = silentCloud();
  let isSettled = false;
  void cloud.uploadUrl().finally(() => {
    isSettled = true;
  });
  await cloud.close();
  await clock.pass(2 * CALL_LIMIT_MS);
  assert.equal(isSettled, false);
});
