import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedClock } from 'xstate';
import { CloudRefusal } from '../../actors/cloud/cloud.ts';
import { startDelivery } from '../../actors/cloud/delivery.ts';
import { openRecordQueue, type QueueEntry } from '../../actors/cloud/record-queue.ts';
import type { TurnRecord } from '../../convex/turns.ts';
import { EarshotError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import { fakeCloud } from '../support/fake-cloud.ts';

const SOUND = Uint8Array.of(1, 2, 3);
const turn = (id: string, changes: Partial<TurnRecord> = {}): TurnRecord => ({
  ...{ turn: id, session: 's', trigger: 'key', offline: false, startedAt: 1, state: 'streaming' as const },
  ...changes,
});

async function withDelivery(
  work: (parts: {
    clock: SimulatedClock;
    cloud: ReturnType<typeof fakeCloud>;
    queue: ReturnType<typeof openRecordQueue>;
    delivery: ReturnType<typeof startDelivery>;
    delivered: QueueEntry[];
    put(id: string, recording?: Uint8Array): Promise<void>;
    /** Until the disk and everything that follows from it is still, at this time. */
    still(): Promise<void>;
  }) => Promise<void>,
): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const clock = new SimulatedClock();
    const cloud = fakeCloud(() => clock.now());
    const queue = openRecordQueue(folder, silentLog);
    const delivered: QueueEntry[] = [];
    const simulated = {
      now: () => clock.now(),
      setTimeout: clock.setTimeout.bind(clock),
      clearTimeout: clock.clearTimeout.bind(clock),
    };
    const delivery = startDelivery({
      cloud,
      queue,
      clock: simulated as never,
      log: silentLog,
      onDelivered: (entry) => delivered.push(entry),
    });
    await work({
      clock,
      cloud,
      queue,
      delivery,
      delivered,
      async put(id, recording) {
        await queue.put(
          { kind: 'turn', device: 'kitchen', record: turn(id), ...(recording && { durationMs: 20 }) },
          recording,
        );
        delivery.offer('kitchen');
      },
      async still() {
        // Files are real: nothing else than their answers is waited for.
        for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
        for (let i = 0; i < 5; i++) await new Promise((resolve) => setTimeout(resolve, 1));
      },
    });
    delivery.stop();
  });
}

test('a recording is uploaded once and named by its turn', () =>
  withDelivery(async ({ cloud, clock, put, still, delivered, queue }) => {
    await put('a', SOUND);
    await still();
    clock.increment(1_000);
    await still();
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
  }));

test('a device has at most two calls a second, and only its newest picture is told', () =>
  withDelivery(async ({ cloud, clock, delivery, still }) => {
    const tell = (state: TurnRecord['state']) => delivery.tellLive('kitchen', turn('a', { state }));
    tell('streaming');
    await still();
    tell('processing');
    await still();
    tell('receiving');
    tell('playing');
    await still();
    assert.equal(cloud.calls.length, 2);
    clock.increment(1_000);
    await still();
    assert.deepEqual(
      cloud.named('recordTurn').map(([, record]) => (record as TurnRecord).state),
      ['streaming', 'processing', 'playing'],
    );
    const times = cloud.calls.map(({ atMs }) => atMs);
    for (const [i, atMs] of times.entries()) {
      const twoBefore = times[i - 2];
      if (twoBefore !== undefined) assert.ok(atMs - twoBefore >= 1_000, `${times}`);
    }
  }));

test('nothing is tried while the cloud is away, and everything when it is back', () =>
  withDelivery(async ({ cloud, clock, put, still, delivery, queue }) => {
    cloud.connect(false);
    await put('a');
    await put('b');
    delivery.tellLive('kitchen', turn('c'));
    await still();
    assert.equal(cloud.calls.length, 0);
    cloud.connect(true);
    await still();
    clock.increment(2_000);
    await still();
    assert.deepEqual(
      cloud.named('recordTurn').map(([, record]) => (record as TurnRecord).turn),
      ['a', 'b'],
    );
    assert.equal(queue.stats().waiting, 0);
  }));

test('a failure is tried again with growing delays, without a second upload', () =>
  withDelivery(async ({ cloud, clock, put, still, delivery, delivered }) => {
    const failure = new EarshotError('cloud_unavailable', 'down', '');
    cloud.failNext('recordTurn', failure);
    cloud.failNext('recordTurn', failure);
    await put('a', SOUND);
    await still();
    for (const waitMs of [1_000, 1_000, 2_000, 1_000]) {
      clock.increment(waitMs);
      await still();
    }
    assert.equal(cloud.named('upload').length, 1);
    assert.equal(cloud.named('recordTurn').length, 3);
    assert.equal(delivered.length, 1);
    assert.equal(delivery.stats().retries, 2);
  }));

test('what the cloud refuses is given up and counted; a wrong key is not the record’s fault', () =>
  withDelivery(async ({ cloud, clock, put, still, delivery, queue }) => {
    cloud.failNext('recordTurn', new CloudRefusal('other_device', 'not yours'));
    await put('a');
    await put('b');
    await still();
    assert.equal(delivery.stats().refused, 1);
    assert.equal(delivery.stats().delivered, 1);
    cloud.failNext('recordTurn', new CloudRefusal('gateway_key_wrong', 'wrong'));
    clock.increment(1_000);
    await put('c');
    await still();
    assert.equal(delivery.stats().refused, 1);
    assert.equal(queue.stats().waiting, 1);
  }));
