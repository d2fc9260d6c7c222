/**
 * The assistant's memory over the real embedded cloud: it lasts, it is forgotten, and it waits while the cloud is away.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCloudControls, createCloudLists, createCloudStore } from '../../actors/assistant/memory/cloud-memory.ts';
import { createMemory } from '../../actors/assistant/memory/conversation-memory.ts';
import { createCloudRecorder } from '../../actors/cloud/cloud-recorder.ts';
import { connectConvex } from '../../actors/cloud/convex-cloud.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { startEmbeddedProcess } from '../support/embedded-process.ts';
import { eventually } from '../support/eventually.ts';
import { queueInMemory } from '../support/memory-files.ts';
import { turnId } from '../support/records.ts';

const DEVICE = 'kitchen';

test('a conversation outlasts its gateway, and can be forgotten', async (t) => {
  const process = await startEmbeddedProcess();
  const opened: (() => Promise<void>)[] = [];
  t.after(async () => {
    for (const close of opened) await close();
    await process.close();
  });
  /** A gateway's memory: each has its own connection and queue. */
  function memoryOfGateway() {
    const cloud = connectConvex({
      url: process.url,
      gatewayKey: process.gatewayKey,
      tenant: 'default',
      log: silentLog,
    });
    const shared = { cloud: Promise.resolve(cloud), clock: systemClock, log: silentLog };
    const { queue } = queueInMemory();
    const recorder = createCloudRecorder({ ...shared, queue });
    opened.push(async () => {
      await recorder.close(0);
      await cloud.close();
    });
    const memory = createMemory({ ...shared, store: createCloudStore({ ...shared, recorder }) });
    const controls = createCloudControls(shared);
    return { cloud, memory, controls, lists: createCloudLists(shared), waiting: () => queue.stats().waiting };
  }
  const texts = async (gateway: ReturnType<typeof memoryOfGateway>) =>
    (await gateway.memory.recall(DEVICE)).messages.map(({ text }) => text);

  const first = memoryOfGateway();
  await eventually(() => first.cloud.isConnected, 'the connection');
  const atMs = Date.now();
  first.memory.remember(DEVICE, { role: 'person', text: 'tell me a story', turnId: turnId(1), atMs });
  first.memory.remember(DEVICE, { role: 'assistant', text: 'Once upon a time.', turnId: turnId(1), atMs });
  first.memory.heard(DEVICE, turnId(1), 'Once upon');
  await first.lists.add(DEVICE, 'shopping', ['milk', 'eggs']);
  assert.deepEqual(await first.lists.remove(DEVICE, 'Shopping', ['Milk']), ['milk']);
  await eventually(() => first.waiting() === 0, 'the delivery');

  await process.kill();
  const second = memoryOfGateway();
  await assert.rejects(second.lists.names(DEVICE), { code: 'cloud_unavailable' });
  assert.deepEqual(await texts(second), [], 'a cloud that is away delays nothing');
  await process.start();
  await eventually(() => second.cloud.isConnected, 'the connection');
  assert.deepEqual(await texts(second), ['tell me a story', 'Once upon']);
  assert.deepEqual(
    [await second.lists.names(DEVICE), await second.lists.items(DEVICE, 'shopping')],
    [['shopping'], ['eggs']],
  );

  assert.equal(await second.controls.volume(DEVICE), undefined);
  await second.controls.setVolume(DEVICE, 40);
  assert.equal(await second.controls.volume(DEVICE), 40);
  await assert.rejects(second.controls.setVolume(DEVICE, 400), { code: 'cloud_refused' });

  assert.equal(await second.memory.forget(DEVICE), 2);
  assert.deepEqual(await texts(second), []);
  assert.deepEqual(await texts(memoryOfGateway()), []);
});
