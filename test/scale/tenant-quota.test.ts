/**
 * What all devices of a tenant may use at all of its gateways: each gateway takes its share, whatever the others want.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Cloud } from '../../actors/cloud/cloud.ts';
import { type Demand, maxMinShare, TenantQuota } from '../../actors/session/tenant-quota.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { keepTenantShares } from '../../src/gateway/tenant-shares.ts';
import { TOKEN_ISSUER } from '../../src/protocol/identity.ts';
import fc from '../support/fast-check.ts';
import { openFunctions } from '../support/function-runtime.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

const LIMITS = { tenantConnections: 10, tenantTurns: 100, tenantSpeechSeconds: 1_000, tenantBytes: 1_000_000 };
const as = (role: string, tenant = 'default') => ({
  identity: { issuer: TOKEN_ISSUER, subject: role, tokenIdentifier: role, role, tenant },
});

test('the share of a gateway is what others leave, and at least an even part', () => {
  assert.equal(maxMinShare(100, []), 100);
  assert.equal(maxMinShare(100, [10, 20]), 70);
  assert.equal(maxMinShare(100, [1_000]), 50);
  assert.equal(maxMinShare(100, [10, 1_000]), 45);
  fc.assert(
    fc.property(fc.double({ min: 1, max: 1e6, noNaN: true }), fc.array(fc.nat(1_000_000)), (quota, others) => {
      const share = maxMinShare(quota, others);
      assert.ok(share >= quota / (others.length + 1) - 1e-6 && share <= quota);
      // If each takes what it wants up to its own share, they take no more than there is.
      const taken = others.map((wanted, i) => Math.min(wanted, maxMinShare(quota, [...others.toSpliced(i, 1), quota])));
      assert.ok(taken.reduce((sum, each) => sum + each, share) <= quota * 1.000_001);
    }),
  );
});

test('turns, speech and connections of a minute are limited, and the reason is told', async () => {
  const clock = createVirtualClock();
  const quota = new TenantQuota(LIMITS, clock);
  const granted = (times: number) => Array.from({ length: times }, () => quota.takeTurn()).filter((no) => !no).length;
  assert.equal(granted(150), 100);
  assert.match(quota.takeTurn() ?? '', /more turns a minute than its quota/);
  await clock.run(60_000);
  assert.equal(granted(1), 1);
  quota.takeSpeech(1_000_000, 1);
  assert.match(quota.takeTurn() ?? '', /speak more than its quota/);
  await clock.run(60_000);
  quota.takeSpeech(1, 1_000_000);
  assert.match(quota.takeTurn() ?? '', /send more bytes than its quota/);
  assert.equal(quota.takeConnection(9), undefined);
  assert.match(quota.takeConnection(10) ?? '', /too many devices/);
  quota.onQuota({ connections: 20 });
  assert.equal(quota.takeConnection(19), undefined);
});

test('a limit that is off limits nothing', () => {
  const off = Number.POSITIVE_INFINITY;
  const limits = { tenantConnections: off, tenantTurns: off, tenantSpeechSeconds: off, tenantBytes: off };
  const quota = new TenantQuota(limits, createVirtualClock());
  quota.onOthers([{ connections: 1e9, turns: 1e9, speechSeconds: 1e9, bytes: 1e12 }]);
  assert.equal(quota.takeTurn(), undefined);
  assert.equal(quota.takeConnection(1e6), undefined);
});

/** The functions of the cloud, and gateways that ask them every 10 s of a time that the test counts. */
async function open(t: TestContext) {
  const cloud = await openFunctions(t, { clock: systemClock, source: new URL('../../convex/', import.meta.url) });
  const time = { ms: 0, now: () => time.ms };

  function gatewayOf(id: string, turnsAMinute: number, tenant = 'default') {
    const quota = new TenantQuota(LIMITS, time);
    return { id, quota, turnsAMinute, tenant, isConnected: true, granted: 0 };
  }
  type Gateway = ReturnType<typeof gatewayOf>;

  async function tell({ id, quota, tenant }: Gateway): Promise<void> {
    const wanted = quota.demand(0);
    if (!wanted) return;
    const others = await cloud.mutation('quotas:report', { gateway: id, wanted: { ...wanted } }, as('gateway', tenant));
    quota.onOthers(others as unknown as Demand[]);
    quota.onQuota((await cloud.query('quotas:get', {}, as('gateway', tenant))) as Partial<Demand>);
  }

  /** Turns are spread over each minute. Grants of earlier minutes are forgotten. */
  async function speak(gateways: readonly Gateway[], minutes: number): Promise<void> {
    for (const each of gateways) each.granted = 0;
    for (let second = 0; second < 60 * minutes; second++) {
      for (const each of gateways) {
        const [before, after] = [second, second + 1].map((at) => Math.floor((at * each.turnsAMinute) / 60)) as [
          number,
          number,
        ];
        for (let i = before; i < after; i++) if (each.quota.takeTurn() === undefined) each.granted += 1;
        if (second % 10 === 0 && each.isConnected) await tell(each);
      }
      time.ms += 1_000;
    }
  }

  return { cloud, gatewayOf, speak };
}

test('a gateway with a noisy group does not take from one that wants less than its part', async (t) => {
  const { gatewayOf, speak } = await open(t);
  const [noisy, quiet] = [gatewayOf('noisy', 6_000), gatewayOf('quiet', 30)];
  await speak([noisy, quiet], 1);
  // Until the first is told of the other, it is alone; the other has its part all the same.
  assert.deepEqual([noisy.granted, quiet.granted], [100, 30]);
  await speak([noisy, quiet], 3);
  assert.equal(quiet.granted, 3 * 30);
  // It hears up to 10 s late of what the other wants.
  assert.ok(noisy.granted >= 3 * 70 && noisy.granted <= 3 * 70 + 10, `${noisy.granted}`);
});

test('two that want more than there is share it evenly; another tenant is not affected', async (t) => {
  const { cloud, gatewayOf, speak } = await open(t);
  await cloud.mutation('quotas:set', { quota: { turns: 60 } }, as('operator'));
  const all = [gatewayOf('a', 200), gatewayOf('b', 400), gatewayOf('a', 90, 'other')];
  await speak(all, 1);
  await speak(all, 3);
  assert.deepEqual(
    all.map(({ granted }) => granted),
    [3 * 30, 3 * 30, 3 * 90],
  );
});

test('who cannot ask the cloud keeps its last share', async (t) => {
  const { gatewayOf, speak } = await open(t);
  const all = [gatewayOf('a', 500), gatewayOf('b', 500)] as const;
  await speak(all, 2);
  all[0].isConnected = false;
  await speak(all, 2);
  assert.equal(all[0].granted, 2 * 50);
});

test('a gateway asks while much is wanted of it, again after a failure, and otherwise calls nobody', async (t) => {
  const clock = createVirtualClock();
  const quota = new TenantQuota(LIMITS, clock);
  const reports: Demand[] = [];
  const cloud = {
    isConnected: true,
    watchQuota(onQuota: (changed: Partial<Demand>) => void) {
      onQuota({ turns: 50 });
      return () => {};
    },
    async reportDemand(_gateway: string, wanted: Demand) {
      reports.push(wanted);
      if (reports.length === 1) throw new Error('not now');
      return [{ connections: 0, turns: 1_000, speechSeconds: 0, bytes: 0 }];
    },
  } as unknown as Cloud;
  const shared = { gatewayId: 'a', connections: () => 0, clock, log: silentLog };
  t.after(keepTenantShares({ cloud: Promise.resolve(cloud), quota, ...shared }));
  await clock.run(30_000);
  assert.equal(reports.length, 0);
  for (let i = 0; i < 60; i++) quota.takeTurn();
  await clock.run(20_000);
  assert.deepEqual(
    reports.map(({ turns }) => turns),
    [60, 60],
  );
  await clock.run(60_000);
  const granted = Array.from({ length: 50 }, () => quota.takeTurn()).filter((refusal) => refusal === undefined);
  assert.equal(granted.length, 25, 'half of the quota: the other wants more');
});

test('an operator sets the quota; what is none is refused', async (t) => {
  const { cloud } = await open(t);
  await cloud.mutation('quotas:set', { quota: { turns: 5 } }, as('operator'));
  await cloud.mutation('quotas:set', { quota: { connections: 7 } }, as('operator'));
  assert.deepEqual(await cloud.query('quotas:get', {}, as('viewer')), { connections: 7 });
  await assert.rejects(cloud.mutation('quotas:set', { quota: { turns: 0 } }, as('operator')), /above 0/);
  await assert.rejects(cloud.mutation('quotas:set', { quota: { turns: 5 } }, as('gateway')), /may not call/);
});
