/**
 * A gateway whose deployment has the functions of an older version: it serves its devices, says what is to be done, and loses nothing of what the cloud
 * does not take; when the functions are deployed, it goes on by itself.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { mapCloudErrors } from '../../actors/cloud/cloud-errors.ts';
import { parrot } from '../../actors/responder/parrot.ts';
import { api } from '../../convex/_generated/api.js';
import { type Log, silentLog } from '../../src/core/log/log.ts';
import { startGateway } from '../../src/gateway/gateway.ts';
import { openGatewayCloud } from '../../src/gateway/gateway-cloud.ts';
import { copyWeakened, originalText, type Weakening } from '../attack/weakened.ts';
import { cloudClients } from '../support/cloud-clients.ts';
import { startEmbeddedProcess } from '../support/embedded-process.ts';
import { eventually } from '../support/eventually.ts';
import { connectDevice, helloOf, speechFrames } from '../support/wire-device.ts';

/** Before versions, before what a device has used went with it, and before it told its software. */
const OLDER: readonly Weakening[] = [
  { file: 'convex/gateways.ts', from: 'returns: v.number(),', to: 'returns: v.null(),' },
  { file: 'convex/gateways.ts', from: 'return FUNCTIONS_VERSION;', to: 'return null;' },
  { file: 'convex/sessions.ts', from: 'export const used =', to: 'const used =' },
  { file: 'convex/sessions.ts', from: 'software: v.optional(v.string()),', to: '' },
];
test('a gateway with an older deployment serves its devices and says what to do; an update of the functions ends that', async (t) => {
  const older = copyWeakened(OLDER);
  const state = mkdtempSync(join(tmpdir(), 'earshot-test-older-'));
  const embedded = await startEmbeddedProcess([], {}, pathToFileURL(`${older.folder}/`));
  Object.assign(process.env, { CONVEX_URL: embedded.url, EARSHOT_GATEWAY_KEY: embedded.gatewayKey });
  const clients = cloudClients(embedded);
  const lines: { message: string; code: unknown; hint: unknown }[] = [];
  const note = (message: string, { code, hint }: Record<string, unknown> = {}) =>
    void lines.push({ message, code, hint });
  const log: Log = { ...silentLog, info: note, warn: note, error: note };
  const saidOnce = (message: string) => lines.filter((line) => line.message === message);

  const cloud = openGatewayCloud({ state, isOpen: true, log });
  const gateway = await startGateway({ host: '127.0.0.1', port: 0, responder: parrot, cloud, log });
  t.after(async () => {
    await gateway.close();
    await cloud.close();
    await clients.close();
    await embedded.close();
    delete process.env.CONVEX_URL;
    delete process.env.EARSHOT_GATEWAY_KEY;
    rmSync(state, { recursive: true, force: true });
    older.remove();
  });
  await eventually(
    () => saidOnce('the functions of the cloud are older than this gateway').length === 1,
    'it says that the functions are older',
  );
  const [told] = saidOnce('the functions of the cloud are older than this gateway');
  assert.equal(told?.code, 'cloud_outdated');
  assert.match(String(told?.hint), /npx convex deploy/);
  const hello = { ...helloOf('kitchen'), device: { name: 'kitchen', software: '2.0' } };
  const device = await connectDevice(gateway.url, { hello });
  await device.speak({ frames: speechFrames().slice(0, 15) });
  device.close();
  const used = { session: 'a', at: 1, reconnects: 0, turns: 1, audioAheadMs: 0, reports: 0 };
  await assert.rejects(mapCloudErrors(clients.asGateway.mutation(api.sessions.used, { device: 'kitchen', used })), {
    code: 'cloud_outdated',
    message: 'The cloud has no function sessions:used',
  });
  await eventually(
    () => saidOnce('a record did not reach the cloud; it is tried again').length > 0,
    'the session, with an argument that the cloud does not know, is not taken',
  );
  const { deadLetters, waiting } = cloud.recorder.stats().queue;
  assert.equal(deadLetters.waiting, 0, 'it is not set aside');
  assert.ok(waiting > 0);

  for (const file of new Set(OLDER.map((each) => each.file))) {
    writeFileSync(join(older.folder, file), originalText(file));
  }
  await embedded.kill();
  await embedded.start();
  await eventually(
    () => saidOnce('the functions of the cloud are as new as this gateway needs them').length === 1,
    'it says that they are new enough',
  );
  await eventually(() => cloud.recorder.stats().queue.waiting === 0, 'what waited is delivered');
  const sessions = await clients.asOperator.query(api.sessions.list, { device: 'kitchen' });
  assert.equal(sessions.length, 1);
  assert.equal(saidOnce('the functions of the cloud are older than this gateway').length, 1);
});
