/** Devices of a load test are paired by the cloud's own functions, and deleted after it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { hashTokenSync } from '../../actors/cloud/access.ts';
import { openClient } from '../../actors/cloud/convex-cloud.ts';
import { api } from '../../convex/_generated/api.js';
import { makeTemporaryFolder } from '../../src/core/files/temporary-folder.ts';
import { publishEmbedded } from '../../src/gateway/cloud-address.ts';
import { provisionDevices } from '../../src/tools/load/provision.ts';
import { type EmbeddedProcess, startEmbeddedProcess } from '../support/embedded-process.ts';

const state = makeTemporaryFolder('load-provision');
let cloud: EmbeddedProcess;
before(async () => {
  cloud = await startEmbeddedProcess();
  publishEmbedded(state.path, cloud);
});
after(async () => {
  await cloud.close();
  state.remove();
});

test('more devices than codes may wait are paired, each with its own token, and deleted', async () => {
  const { url, gatewayKey } = cloud;
  const { client, close } = openClient({ url, gatewayKey, claims: { role: 'gateway', subject: 'gateway' } });
  const verify = (token = '') => client.query(api.devices.verify, { tokenHash: hashTokenSync(token) });
  const progress: number[] = [];
  const devices = await provisionDevices({ devices: 60, state: state.path, onProgress: (n) => progress.push(n) });
  assert.deepEqual([devices.names[0], devices.names[59]], ['load-0001', 'load-0060']);
  assert.equal(progress.at(-1), 60);
  for (const i of [0, 59]) {
    const verdict = await verify(devices.tokenOf(i));
    assert.deepEqual([verdict.status, 'device' in verdict && verdict.device], ['valid', devices.names[i]]);
  }
  assert.equal(devices.tokenOf(60), undefined);
  await devices.remove();
  assert.equal((await verify(devices.tokenOf(0))).status, 'unknown');
  await close();
});

test('without a cloud it says where it looked', async () => {
  const empty = makeTemporaryFolder('load-provision');
  await assert.rejects(provisionDevices({ devices: 1, state: empty.path }), { code: 'cloud_not_found' });
  empty.remove();
});
