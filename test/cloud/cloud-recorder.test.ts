/**
 * The gateway's recorder confirms a turn to a device only when the turn's audio is on its disk.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudRefusal } from '../../actors/cloud/cloud.ts';
import { type ConfirmWhen, createCloudRecorder } from '../../actors/cloud/cloud-recorder.ts';
import type { CompletedTurn } from '../../actors/session/turn-recorder.ts';
import type { Limits } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { fakeCloud } from '../support/fake-cloud.ts';
import { finishedTurn } from '../support/finished-turn.ts';
import { queueInMemory } from '../support/memory-files.ts';
import { turnId } from '../support/records.ts';
import { ready, testClock } from '../support/simulated-clock.ts';

function recorderWith(
  limits: Partial<Limits> = {},
  keepsRecordings = (_device: string) => true,
  confirm: ConfirmWhen = 'disk',
) {
  const clock = testClock();
  const cloud = fakeCloud(clock.now);
  cloud.connect(false);
  const { queue, letters, files } = queueInMemory(limits);
  const recorder = createCloudRecorder({
    cloud: Promise.resolve(cloud),
    queue,
    keepsRecordings,
    confirm,
    clock,
    log: silentLog,
  });
  const connect = (device: string) => {
    const observer = recorder.observe(turnId(900 + device.length));
    observer.sent({ type: 'device.attached', device, bufferMs: 600, resumed: false });
    return observer;
  };
  return { clock, cloud, queue, letters, files, recorder, connect };
}

function spoken(n: number, device = 'kitchen', changes: Partial<CompletedTurn> = {}): CompletedTurn {
  const flags = { final: true, discontinuity: false, pcm: false };
  const packets = [{ ...flags, turn: 1, sequence: 0, timestamp: 0, frames: [Uint8Array.of(8, n)] }];
  return finishedTurn(packets, { id: turnId(n), device, ...changes });
}

test('a record of a failed turn does not confirm its audio', async () => {
  const { recorder, connect } = recorderWith();
  const observer = connect('kitchen');
  observer.sent({ type: 'device.turn', turn: 1, id: turnId(1), trigger: 'key', startedAtMs: 1, offline: false });
  observer.ended(1, 'failed');
  observer.closed(1_006, '');
  await ready();
  // The device reconnects and delivers its stored turn: the gateway has nothing of it.
  assert.equal(recorder.has('kitchen', turnId(1)), false);
  await recorder.record(spoken(1));
  assert.equal(recorder.has('kitchen', turnId(1)), true);
});

test('the same id of another device is another turn', async () => {
  const { recorder, queue } = recorderWith();
  await recorder.record(spoken(1, 'kitchen'));
  assert.equal(recorder.has('hall', turnId(1)), false);
  await recorder.record(spoken(1, 'hall'));
  assert.equal(queue.stats().waiting, 2);
});

test('a turn that does not fit into the queue is not confirmed, and earlier ones are kept', async () => {
  const { recorder, queue } = recorderWith({ deviceQueueRecords: 2 });
  await recorder.record(spoken(1));
  await recorder.record(spoken(2));
  await assert.rejects(recorder.record(spoken(3)), { code: 'store_full' });
  assert.deepEqual(
    [1, 2, 3].map((n) => recorder.has('kitchen', turnId(n))),
    [true, true, false],
  );
  await recorder.record(spoken(4, 'hall'));
  assert.equal(queue.stats().refused, 1);
});

test('a flood of reports and sessions loses nothing of another device', async () => {
  const { recorder, queue, connect, clock } = recorderWith({ queueRecords: 200, deviceQueueRecords: 50 });
  await recorder.record(spoken(1));
  const flooder = connect('flooder');
  for (let second = 0; second < 300; second++) {
    for (let i = 0; i < 30; i++) flooder.sent({ type: 'device.metrics', metrics: { i } });
    await clock.pass(1_000);
  }
  assert.equal(queue.stats().waiting, 1 + 50);
  assert.equal(recorder.has('kitchen', turnId(1)), true);
  assert.equal(queue.next('kitchen')?.rank, 'recording');
});

test('a turn with an invalid time loses only its date', async () => {
  const { recorder } = recorderWith();
  await recorder.record(spoken(1, 'kitchen', { startedAtMs: 1e300 }));
  assert.equal(recorder.has('kitchen', turnId(1)), true);
});

test('of a device whose recordings are not kept nothing of the audio is written, and its turn is confirmed', async () => {
  const { recorder, cloud, queue, files, clock } = recorderWith({}, (device) => device !== 'kitchen');
  await recorder.record(spoken(1));
  await recorder.record(spoken(1, 'hall'));
  assert.equal(recorder.has('kitchen', turnId(1)), true);
  assert.deepEqual([queue.next('kitchen')?.rank, queue.next('hall')?.rank], ['turn', 'recording']);
  assert.equal(files.recordings.size, 1);
  const inCloud = Promise.all(['kitchen', 'hall'].map((device) => recorder.inCloud(device, turnId(1))));
  cloud.connect(true);
  for (let i = 0; i < 5; i++) await clock.pass(1_000);
  await inCloud;
  const told = cloud.named('recordTurn').map(([device, , recording]) => [device, recording !== undefined]);
  assert.deepEqual(told.toSorted(), [
    ['hall', true],
    ['kitchen', false],
  ]);
  assert.equal(cloud.named('upload').length, 1);
});

test('a recording that waits is not uploaded when it is not to be kept any more', async () => {
  let keeps = true;
  const { recorder, cloud, queue, files, clock } = recorderWith({}, () => keeps);
  await recorder.record(spoken(1));
  assert.equal(files.recordings.size, 1);
  keeps = false;
  const inCloud = recorder.inCloud('kitchen', turnId(1));
  cloud.connect(true);
  for (let i = 0; i < 5; i++) await clock.pass(1_000);
  await inCloud;
  assert.deepEqual([cloud.named('upload').length, queue.stats().waiting, files.recordings.size], [0, 0, 0]);
});

test('with `confirm: cloud` a turn may be confirmed when the cloud has it with its recording, and not before', async () => {
  const { recorder, cloud, clock } = recorderWith({}, () => true, 'cloud');
  await recorder.record(spoken(1));
  let isConfirmable = false;
  const confirmable = recorder.confirmable?.('kitchen', turnId(1))?.then(() => {
    isConfirmable = true;
  });
  await clock.pass(60_000);
  assert.equal(isConfirmable, false);
  cloud.connect(true);
  for (let i = 0; i < 5; i++) await clock.pass(1_000);
  await confirmable;
  const [, , recording] = cloud.named('recordTurn').at(-1) ?? [];
  assert.ok(recording);
  // Where the disk counts, the gateway need not wait.
  assert.equal(recorderWith().recorder.confirmable?.('kitchen', turnId(1)), undefined);
});

test('with `confirm: cloud` a turn that the cloud refuses for good is refused to its device, which keeps it', async () => {
  const { recorder, cloud, clock } = recorderWith({}, () => true, 'cloud');
  await recorder.record(spoken(1));
  const confirmable = recorder.confirmable?.('kitchen', turnId(1));
  cloud.failNext('recordTurn', new CloudRefusal('too_large', 'The text is too long'));
  cloud.connect(true);
  for (let i = 0; i < 5; i++) await clock.pass(1_000);
  await assert.rejects(async () => await confirmable, { code: 'turn_refused', message: /The text is too long/ });
});
