/**
 * What a device has used of its limits, between two gateways.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UsedBefore } from '../../actors/cloud/cloud.ts';
import { createUsedLimits } from '../../actors/cloud/used-limits.ts';
import { createDeviceQuotas } from '../../actors/session/device-quota.ts';
import { TenantQuota } from '../../actors/session/tenant-quota.ts';
import { limitsFrom } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { testClock } from '../support/simulated-clock.ts';

function gateway(session: string, clock = testClock()) {
  const limits = limitsFrom(['turns=60', 'reports=off']);
  const quota = createDeviceQuotas(limits, new TenantQuota(limits, clock), clock, silentLog).of('kitchen');
  const told: UsedBefore[] = [];
  const used = createUsedLimits({ session, quota, wallNow: clock.wallNow, tell: (each) => told.push(each) });
  const begin = (turns: number) =>
    Array.from({ length: turns }, () => quota.takeTurn()).filter((no) => no === undefined);
  return { clock, quota, told, used, begin };
}

test('it is told once, when the device is elsewhere, and counts there for as long as it takes to get it back', async () => {
  const here = gateway('here');
  here.used.onNewest({ session: 'here' });
  here.begin(40);
  here.used.onNewest({ session: 'there' });
  here.used.onNewest({ session: 'there' });
  here.used.closed();
  assert.deepEqual(here.told, [
    { session: 'here', at: here.clock.wallNow(), reconnects: 0, turns: 40, audioAheadMs: 0, reports: 0 },
  ]);
  const [used] = here.told as [UsedBefore];
  const there = gateway('there', here.clock);
  await here.clock.pass(10_000);
  there.used.onNewest({ session: 'there', used });
  // Told again with something else, it counts once.
  there.used.onNewest({ session: 'there', used, features: [] });
  assert.equal(there.begin(60).length, 30);
});

test('next to nothing is not told, nor what a gateway has not had', () => {
  const { begin, used, told } = gateway('here');
  used.onNewest({ session: 'here' });
  begin(6);
  used.closed();
  assert.deepEqual(told, []);
  const other = gateway('here');
  other.begin(40);
  other.used.onNewest({ session: 'there' });
  other.used.closed();
  assert.deepEqual(other.told, []);
});
