/** A gateway tells its cloud that it lives: at once, again and again, and when it is connected again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EarshotError } from '../../src/core/errors.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { holdLease } from '../../src/gateway/gateway-lease.ts';
import { GATEWAY_LEASE_MS } from '../../src/protocol/bounds.ts';
import { fakeCloud } from '../support/fake-cloud.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

test('the lease is renewed in time, also after failures, and at once after a lost connection', async () => {
  const clock = createVirtualClock();
  const cloud = fakeCloud(clock.now);
  const lease = holdLease({ cloud, gatewayId: 'g1', clock, log: silentLog });
  const renewed = () => cloud.named('renewLease').length;
  assert.equal(renewed(), 1);
  cloud.failNext('renewLease', new EarshotError('cloud_unavailable', 'away', ''));
  await clock.run(GATEWAY_LEASE_MS);
  assert.ok(renewed() >= 4, `${renewed()} calls within a lease`);
  cloud.connect(false);
  const before = renewed();
  await clock.run(GATEWAY_LEASE_MS);
  assert.equal(renewed(), before, 'no calls that would wait');
  cloud.connect(true);
  assert.equal(renewed(), before + 1);
  lease.stop();
  await clock.run(GATEWAY_LEASE_MS);
  cloud.connect(false);
  cloud.connect(true);
  assert.equal(renewed(), before + 1);
});
