/** A device is announced as ESPHome's devices announce themselves, where other machines can reach it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScope } from '../../src/core/actor/scope.ts';
import { silentLog } from '../../src/core/log/log.ts';
import type { FoundService } from '../../src/discovery/dns-sd.ts';
import { searchServices } from '../../src/discovery/search.ts';
import { openAdvertiser } from '../../src/gateway/satellite/advertise.ts';
import { memoryNetwork } from '../discovery/memory-network.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

const identity = { device: 'kitchen', name: 'earshot-kitchen-1a2b3c', macAddress: '02:00:00:1A:2B:3C' };

test('it is found with what Home Assistant needs, until it is taken back', async () => {
  const clock = createVirtualClock();
  const network = memoryNetwork();
  const shared = { isEncrypted: true, version: '0.0.0', clock, log: silentLog, openLink: network.open };
  const advertiser = await openAdvertiser({ choice: 'auto', host: '192.0.2.7', ...shared });
  const takeBack = advertiser?.publish(identity, 6_053);
  await clock.run(3_000);
  const scope = createScope('a search', { clock, log: silentLog, onCrash: assert.ifError });
  const search = async () => {
    const found: FoundService[] = [];
    const options = { type: '_esphomelib._tcp', addresses: () => ['192.0.2.8'], openLink: network.open };
    searchServices(options, scope, (services) => found.push(...services));
    await clock.run(3_000);
    return found;
  };
  const [found] = await search();
  assert.deepEqual([found?.name, found?.address, found?.port], ['earshot-kitchen-1a2b3c', '192.0.2.7', 6_053]);
  assert.equal(found?.txt.mac, '0200001a2b3c');
  assert.equal(found?.txt.friendly_name, 'kitchen');
  assert.equal(found?.txt.api_encryption, 'Noise_NNpsk0_25519_ChaChaPoly_SHA256');
  takeBack?.();
  assert.deepEqual(await search(), []);
  scope.end();
});

test('nothing is announced on a loopback address, nor when it is off', async () => {
  const shared = { isEncrypted: true, version: '0.0.0', clock: createVirtualClock(), log: silentLog };
  assert.equal(await openAdvertiser({ choice: 'auto', host: '127.0.0.1', ...shared }), undefined);
  assert.equal(await openAdvertiser({ choice: 'off', host: '192.0.2.7', ...shared }), undefined);
});
