import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudRefusal } from '../../actors/cloud/cloud.ts';
import { startDelivery } from '../../actors/cloud/delivery.ts';
import { keyOf, type QueuedRecord } from '../../actors/cloud/records.ts';
import type { CloudTurnRecord } from '../../convex/turns.ts';
import { EarshotError } from '../../src/core/errors.ts';
import type { Limits } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { fakeCloud } from '../support/fake-cloud.ts';
import { queueInMemory } from '../support/memory-files.ts';
import { queuedReport, queuedSession, queuedTurn, turnId } from '../support/records.ts';
import { ready, type TestClock, testClock } from '../support/simulated-clock.ts';

const SOUND = Uint8Array.of(1, 2, 3);
const FAILURE = new EarshotError('cloud_unavailable', 'Server Error', '');
const turn = (n: number, changes: Partial<CloudTurnRecord> = {}) => queuedTurn(n, changes).record;

function deliveryTo(clock: TestClock, limits: Partial<Limits> = {}) {
  const cloud = fakeCloud(clock.now);
  const delivered: QueuedRecord[] = [];
  const onDelivered = (record: QueuedRecord) => void delivered.push(record);
  const warnings: string[] = [];
  const log = { ...silentLog, error: (message: string) => void warnings.push(message) };
  const { queue, files, letters } = queueInMemory(limits, log);
  const delivery = startDelivery({ cloud, queue, clock, log, onDelivered });
  async function put(record: QueuedRecord, recording?: Uint8Array): Promise<void> {
    await queue.put(record.kind === 'turn' && recording ? { ...record, durationMs: 20 } : record, recording);
    delivery.offer(record.device);
    await ready();
  }
  /** The turns that were recorded in the cloud, in order. */
  const told = () => cloud.named('recordTurn').map(([, record]) => (record as CloudTurnRecord).turn);
  return { cloud, queue, files, letters, delivered, delivery, warnings, put, told };
}

/** In steps of a second: a timer of a second may start another one. */
async function pass(clock: TestClock, seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++) await clock.pass(1_000);
}

test('a recording is uploaded once and named by its turn', async () => {
  const clock = testClock();
  const { cloud, put, delivered, queue } = deliveryTo(clock);
  await put(queuedTurn(1), SOUND);
  await ready();
  await clock.pass(1_000);
  await ready();
  assert.deepEqual(
    cloud.calls.map(({ name }) => name),
    ['uploadUrl', 'upload', 'recordTurn'],
  );
  assert.deepEqual(cloud.named('recordTurn'), [['kitchen', turn(1), { storageId: 'file-1', durationMs: 20 }]]);
  assert.deepEqual(delivered.map(keyOf), [keyOf(queuedTurn(1))]);
  assert.equal(queue.stats().waiting, 0);
});

test('a recording is uploaded once, also if more is known of its turn meanwhile', async () => {
  const clock = testClock();
  const { cloud, put } = deliveryTo(clock);
  let uploaded = () => {};
  cloud.upload = async (...args) => {
    cloud.calls.push({ name: 'upload', args, atMs: clock.now() });
    await new Promise<void>((resolve) => {
      uploaded = resolve;
    });
    return 'file-1';
  };
  await put(queuedTurn(1), SOUND);
  await put(queuedTurn(1, { state: 'playing' }));
  uploaded();
  await pass(clock, 3);
  assert.equal(cloud.named('upload').length, 1);
  assert.deepEqual(cloud.named('recordTurn'), [
    ['kitchen', turn(1, { state: 'playing' }), { storageId: 'file-1', durationMs: 20 }],
  ]);
});

test('a recording whose file the cloud does not have any more is uploaded again', async () => {
  const clock = testClock();
  const { cloud, put, delivered, queue } = deliveryTo(clock);
  const { recordTurn } = cloud;
  const named: (string | undefined)[] = [];
  cloud.recordTurn = async (device, record, recording) => {
    named.push(recording?.storageId);
    if (named.length === 1) throw new CloudRefusal('value_invalid', 'There is no such file.');
    await recordTurn.call(cloud, device, record, recording);
  };
  await put(queuedTurn(1), SOUND);
  await pass(clock, 6);
  assert.equal(cloud.named('upload').length, 2);
  assert.deepEqual(named, ['file-1', 'file-2']);
  assert.deepEqual(delivered.map(keyOf), [keyOf(queuedTurn(1))]);
  assert.equal(queue.stats().setAside, 0);
});

test('a device has at most two calls per second, and only its newest record is sent', async () => {
  const clock = testClock();
  const { cloud, delivery } = deliveryTo(clock);
  const tell = (state: CloudTurnRecord['state']) => delivery.tellLive('kitchen', turn(1, { state }));
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
    cloud.named('recordTurn').map(([, record]) => (record as CloudTurnRecord).state),
    ['streaming', 'processing', 'playing'],
  );
  const times = cloud.calls.map(({ atMs }) => atMs);
  for (const [i, atMs] of times.entries()) {
    const twoBefore = times[i - 2];
    if (twoBefore !== undefined) assert.ok(atMs - twoBefore >= 1_000, `${times}`);
  }
});

test('no call is made while the cloud is unreachable, and all records are sent when it is back', async () => {
  const clock = testClock();
  const { cloud, put, delivery, queue, told } = deliveryTo(clock);
  cloud.connect(false);
  await put(queuedTurn(1));
  await put(queuedTurn(2));
  delivery.tellLive('kitchen', turn(3));
  await ready();
  assert.equal(cloud.calls.length, 0);
  cloud.connect(true);
  await ready();
  await clock.pass(2_000);
  await ready();
  assert.deepEqual(told(), [turnId(1), turnId(2)]);
  assert.equal(queue.stats().waiting, 0);
});

test('a failed call is retried with growing delays, without a second upload', async () => {
  const clock = testClock();
  const { cloud, put, delivery, delivered } = deliveryTo(clock);
  const failure = new EarshotError('cloud_unavailable', 'down', '');
  cloud.failNext('recordTurn', failure);
  cloud.failNext('recordTurn', failure);
  await put(queuedTurn(1), SOUND);
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

test('a record that the cloud refuses becomes a dead letter with its recording, is logged, and the queue continues', async () => {
  const clock = testClock();
  const { cloud, put, queue, letters, files, warnings, delivered } = deliveryTo(clock);
  cloud.failNext('recordTurn', new CloudRefusal('too_large', 'A recording of 9 bytes is too long'));
  await put(queuedTurn(1), SOUND);
  await put(queuedTurn(2));
  await pass(clock, 3);
  assert.deepEqual(delivered.map(keyOf), [keyOf(queuedTurn(2))]);
  assert.equal(queue.stats().setAside, 1);
  assert.equal(queue.stats().waiting, 0);
  assert.deepEqual(warnings, ['a record cannot be delivered and is set aside']);
  const key = keyOf(queuedTurn(1));
  const letter = JSON.parse(letters.texts.get(key) ?? '');
  assert.equal(letter.message, 'A recording of 9 bytes is too long');
  assert.deepEqual(JSON.parse(letter.text), { ...queuedTurn(1), durationMs: 20 });
  assert.deepEqual(letters.recordings.get(key), SOUND);
  assert.equal(files.texts.size + files.recordings.size, 0);
});

test('a wrong key does not make a record a dead letter', async () => {
  const clock = testClock();
  const { cloud, put, queue } = deliveryTo(clock);
  for (let i = 0; i < 40; i++) cloud.failNext('recordTurn', new CloudRefusal('not_authenticated', 'wrong'));
  await put(queuedTurn(1));
  await pass(clock, 3_000);
  assert.equal(queue.stats().setAside, 0);
  assert.equal(queue.stats().waiting, 0);
});

test('a record that fails without an error code is overtaken by others, and becomes a dead letter when only it fails', async () => {
  const clock = testClock();
  const { cloud, put, queue, told } = deliveryTo(clock);
  const isPoison = (record: CloudTurnRecord) => record.turn === turnId(1);
  const { recordTurn } = cloud;
  cloud.recordTurn = async (device, record, recording) => {
    await recordTurn(device, record, recording);
    if (isPoison(record)) throw FAILURE;
  };
  await put(queuedTurn(1), SOUND);
  await put(queuedTurn(2));
  await put(queuedReport(3));
  await pass(clock, 60);
  assert.ok(told().includes(turnId(2)));
  assert.equal(cloud.named('addReport').length, 1);
  assert.equal(queue.stats().waiting, 1);
  // What comes now need not wait for it either.
  await put(queuedTurn(4));
  await pass(clock, 2);
  assert.ok(told().includes(turnId(4)));
  await pass(clock, 3_600);
  assert.equal(queue.stats().setAside, 1);
  assert.equal(told().filter((id) => id === turnId(1)).length, 20);
  assert.equal(cloud.named('upload').length, 1);
});

test('while every record fails, none becomes a dead letter', async () => {
  const clock = testClock();
  const { cloud, put, queue, told } = deliveryTo(clock);
  const { recordTurn } = cloud;
  let isBroken = true;
  cloud.recordTurn = async (...args) => {
    await recordTurn(...args);
    if (isBroken) throw FAILURE;
  };
  await put(queuedTurn(1), SOUND);
  await put(queuedTurn(2));
  await pass(clock, 7_200);
  assert.deepEqual([queue.stats().waiting, queue.stats().setAside], [2, 0]);
  assert.ok(told().length < 200, 'with growing delays');
  isBroken = false;
  await pass(clock, 62);
  assert.equal(queue.stats().waiting, 0);
});

test('a recording that does not fit into the dead letters stays, goes last, and is retried with growing delays', async () => {
  const clock = testClock();
  const { cloud, put, queue, told } = deliveryTo(clock, { deadLetterBytes: 1 });
  const { recordTurn } = cloud;
  cloud.recordTurn = async (device, record, recording) => {
    await recordTurn(device, record, recording);
    if (record.turn === turnId(1)) throw new CloudRefusal('too_large', 'too long');
  };
  await put(queuedTurn(1), SOUND);
  await put(queuedSession(2));
  await pass(clock, 600);
  assert.equal(cloud.named('recordSession').length, 1);
  assert.deepEqual([queue.stats().waiting, queue.stats().setAside], [1, 0]);
  assert.ok(told().length < 30, `${told().length} attempts in ten minutes`);
});

test('a device with a long queue does not delay others', async () => {
  const clock = testClock();
  const { queue, delivery, cloud } = deliveryTo(clock);
  for (let device = 0; device < 20; device++) {
    for (let i = 0; i < 100; i++) await queue.put(queuedReport(i, `flooder ${device}`));
    delivery.offer(`flooder ${device}`);
  }
  await ready();
  await queue.put({ ...queuedTurn(1), durationMs: 20 }, SOUND);
  delivery.offer('kitchen');
  await pass(clock, 2);
  assert.ok(cloud.named('recordTurn').some(([device]) => device === 'kitchen'));
});

test('a device without records leaves no state', async () => {
  const clock = testClock();
  const { put, delivery, delivered } = deliveryTo(clock);
  for (let i = 0; i < 50; i++) await put(queuedReport(1, `device ${i}`));
  await pass(clock, 3);
  assert.equal(delivered.length, 50);
  assert.equal(delivery.stats().lanes, 0);
  await delivery.settled();
});

test('a crash of the delivery is counted, and the restarted delivery delivers all records', async () => {
  const clock = testClock();
  const cloud = fakeCloud(clock.now);
  const errors: string[] = [];
  const log = { ...silentLog, error: (message: string) => void errors.push(message) };
  const { queue } = queueInMemory({}, log);
  let asked = 0;
  /** Of its calls, one in the very start and one in a promise fail. */
  const next = (device: string) => {
    asked += 1;
    if (asked === 1 || asked === 3) throw new Error('it broke');
    return queue.next(device);
  };
  for (const n of [1, 2, 3]) await queue.put(queuedTurn(n));
  const delivery = startDelivery({ cloud, queue: { ...queue, next }, clock, log, onDelivered() {} });
  await ready();
  await pass(clock, 5);
  assert.equal(queue.stats().waiting, 0);
  assert.equal(delivery.stats().delivered, 3, 'counted over crashes');
  assert.deepEqual(errors, Array(2).fill('a part crashed and is restarted'));
  delivery.stop();
});

test('a call that fails after the delivery was stopped is no failure: nothing is told, and the record stays', async () => {
  const clock = testClock();
  const { cloud, put, delivery, queue, warnings } = deliveryTo(clock);
  let fail = () => {};
  cloud.recordTurn = () =>
    new Promise<never>((_, reject) => {
      fail = () => reject(new CloudRefusal('too_large', 'A turn is too large'));
    });
  await put(queuedTurn(1));
  delivery.stop();
  fail();
  await ready();
  assert.deepEqual(warnings, []);
  assert.equal(queue.stats().waiting, 1);
});
