/**
 * The log of a gateway with devices without a token: any client may ask for a code, under any number of names.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parrot } from '../../actors/responder/parrot.ts';
import { limitsFrom } from '../../src/core/limits/limits.ts';
import { createLog } from '../../src/core/log/create-log.ts';
import { startGateway } from '../../src/gateway/gateway.ts';
import { withoutCloud } from '../support/no-cloud.ts';
import { connectDevice } from '../support/wire-device.ts';

test('devices that cannot be paired are counted, not logged one by one', async (t) => {
  const lines: string[] = [];
  const log = createLog({ level: 'info', format: 'json', write: (line) => lines.push(line), now: Date.now });
  const recorder = { has: () => false, record: async () => {} };
  const cloud = withoutCloud(recorder);
  const gateway = await startGateway({
    host: '127.0.0.1',
    port: 0,
    responder: parrot,
    cloud: { ...cloud, access: { ...cloud.access, admit: async () => ({ kind: 'unpaired' }) } },
    limits: limitsFrom(['pairingsPerAddress=1']),
    log,
  });
  t.after(() => gateway.close());
  const first = await connectDevice(gateway.url, { name: 'has the place' });
  first.send({ type: 'ping', t0: 0 });
  await first.waitFor('pong');
  for (let i = 0; i < 30; i++) {
    const device = await connectDevice(gateway.url, { name: `guest ${i}` });
    assert.equal((await device.closed).code, 1_013);
  }
  assert.equal(lines.filter((line) => line.includes('could not be paired')).length, 1, lines.join('\n'));
});
