import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudRefusal } from '../../actors/cloud/cloud.ts';
import { startDelivery } from '../../actors/cloud/delivery.ts';
import type { QueueEntry } from '../../actors/cloud/record-queue.ts';
import type { TurnRecord } from '../../convex/turns.ts';
import { EarshotError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { fakeCloud } from '../support/fake-cloud.ts';
import { memoryQueue } from '../support/memory-queue.ts';
import { ready, type TestClock, testClock } from '../support/simulated-clock.ts';

const SOUND = Uint8Array.of(1, 2, 3);
const turn = (id: string, changes: Partial<TurnRecord> = {}): TurnRecord => ({
  ...{ turn: id, session: 's', trigger: 'key', offline: false, startedAt: 1, state: 'streaming' as const },
  ...changes,
});

function deliveryTo(clock: TestClock) {
  const cloud = fakeCloud(clock.now);
  const queue = memoryQueue();
  const delivered: QueueEntry[] = [];
  const onDelivered = (entry: QueueEntry) => void delivered.push(entry);
  const delivery = startDelivery({ cloud, queue, clock, log: silentLog, onDelivered });
  async function put(id: string, recording?: Uint8Array): Promise<void> {
    const record = { kind: 'turn', device: 'kitchen', record: turn(id) } as const;
    await queue.put({ ...record, ...(recording && { durationMs: 20 }) }, recording);
    delivery.offer('kitchen');
    await ready();
  }
  return { cloud, queue, delivered, delivery, put };
}

test('a recording is uploaded once and named by its turn', async () => {
  const clock = testClock();
  const { cloud, put, delivered, queue } = deliveryTo(clock);
  await put('a', SOUND);
  await ready();
  await clock.pass(1_000);
  await ready();
  assert.deepEqual(
    cloud.calls.map(({ name }) => name),
    ['uploadUrl', 'upload', 'recordTurn'],
  );
  assert.deepEqual(cloud.named('recordTurn'), [['kitchen', turn('a'), { storageId: 'file-1', durationMs: 20 }]]);
  assert.deepEqual(
    delivered.map(({ key }) => key),
    ['turn-a'],
  );
  assert.equal(queue.stats().waiting, 0);
});

test('a device has at most two calls a second, and only its newest picture is told', async () => {
  const clock = testClock();
  const { cloud, delivery } = deliveryTo(clock);
  const tell = (state: TurnRecord['state']) => delivery.tellLive('kitchen', turn('a', { state }));
  tell('streaming');
  await ready();
  tell('processing');
  await ready();
  tell('receiving');
  tell('playing');
  await ready();
  assert.equal(cloud.calls.length, 2);
  await clock.pass(1_000);
  await ready();
  assert.deepEqual(
    cloud.named('recordTurn').map(([, record]) => (record as TurnRecord).state),
    ['streaming', 'processing', 'playing'],
  );
  const times = cloud.calls.map(({ atMs }) => atMs);
  for (const [i, atMs] of times.entries()) {
    const twoBefore = times[i - 2];
    if (twoBefore !== undefined) assert.ok(atMs - twoBefore >= 1_000, `${times}`);
  }
});

test('nothing is tried while the cloud is away, and everything when it is back', async () => {
  const clock = testClock();
  const { cloud, put, delivery, queue } = deliveryTo(clock);
  cloud.connect(false);
  await put('a');
  await put('b');
  delivery.tellLive('kitchen', turn('c'));
  await ready();
  assert.equal(cloud.calls.length, 0);
  cloud.connect(true);
  await ready();
  await clock.pass(2_000);
  await ready();
  assert.deepEqual(
    cloud.named('recordTurn').map(([, record]) => (record as TurnRecord).turn),
    ['a', 'b'],
  );
  assert.equal(queue.stats().waiting, 0);
});

test('a failure is tried again with growing delays, without a second upload', async () => {
  const clock = testClock();
  const { cloud, put, delivery, delivered } = deliveryTo(clock);
  const failure = new EarshotError('cloud_unavailable', 'down', '');
  cloud.failNext('recordTurn', failure);
  cloud.failNext('recordTurn', failure);
  await put('a', SOUND);
  await ready();
  for (const waitMs of [1_000, 1_000, 2_000, 1_000]) {
    await clock.pass(waitMs);
    await ready();
  }
  assert.equal(cloud.named('upload').length, 1);
  assert.equal(cloud.named('recordTurn').length, 3);
  assert.equal(delivered.length, 1);
  assert.equal(delivery.stats().retries, 2);
});

test('what the cloud refuses is given up and counted; a wrong key is not the record’s fault', async () => {
  const clock = testClock();
  const { cloud, put, delivery, queue } = deliveryTo(clock);
  cloud.failNext('recordTurn', new CloudRefusal('other_device', 'not yours'));
  await put('a');
  await put('b');
  await ready();
  assert.equal(delivery.stats().refused, 1);
  assert.equal(delivery.stats().delivered, 1);
  cloud.failNext('recordTurn', new CloudRefusal('gateway_key_wrong', 'wrong'));
  await clock.pass(1_000);
  await put('c');
  await ready();
  assert.equal(delivery.stats().refused, 1);
  assert.equal(queue.stats().waiting, 1);
});
