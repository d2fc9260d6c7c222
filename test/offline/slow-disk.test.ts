/**
 * The store of turns on a slow disk: packets are forwarded in order after they are written, all waits are limited, and
 * the stored turn is complete.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { defineOffline } from '../../actors/offline/offline.ts';
import { createChannel } from '../../src/core/actor/channel.ts';
import type { UplinkPacket } from '../../src/core/actor/data-plane.ts';
import type { QueueMetrics } from '../../src/core/actor/queue-metrics.ts';
import type { Disk } from '../../src/core/files/disk.ts';
import { inlineDisk, pooledDisk } from '../../src/core/files/node-disk.ts';
import type { StoredTurn } from '../../src/core/turn-store/turn-file.ts';
import { encodePacket } from '../../src/protocol/packet.ts';
import { measureBlocking } from '../bench/store-blocking.ts';
import { eventually } from '../support/eventually.ts';
import { fakeBoot } from '../support/fake-boot.ts';
import { openInlineTurnStore } from '../support/inline-turn-store.ts';
import { settle, startActor } from '../support/run-actor.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-slow-disk-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ID = '01890000-0000-7000-8000-000000000001';
const OPEN = { type: 'offline.open', turn: 1, id: ID, trigger: 'key', startedAtMs: 9 } as const;

/** Files whose operations complete when the test permits it. */
function heldFiles() {
  const held: (() => void)[] = [];
  const calls: string[] = [];
  let isHeld = true;
  const hold =
    <Args extends unknown[], T>(name: string, work: (...args: Args) => T) =>
    (...args: Args): Promise<T> =>
      new Promise((resolve, reject) => {
        const go = () => {
          calls.push(name);
          try {
            resolve(work(...args));
          } catch (error) {
            reject(error as Error);
          }
        };
        if (isHeld) held.push(go);
        else go();
      });
  const files: Disk = {
    openFolder: inlineDisk.openFolder,
    writeNow: inlineDisk.writeNow,
    open: hold('open', inlineDisk.open),
    write: hold('write', inlineDisk.write),
    sync: hold('sync', inlineDisk.sync),
    beginSync: () => undefined,
    close: hold('close', inlineDisk.close),
    list: hold('list', inlineDisk.list),
    read: hold('read', inlineDisk.read),
    remove: hold('remove', inlineDisk.remove),
    rename: hold('rename', inlineDisk.rename),
  };
  return {
    files,
    calls,
    /** All operations up to now, and all later ones. */
    async release() {
      isHeld = false;
      for (const go of held.splice(0)) go();
      for (let i = 0; i < 10; i++) await settle();
    },
    hold() {
      isHeld = true;
    },
  };
}

function device(disk: Disk) {
  const encoded = createChannel<UplinkPacket>({ name: 'encoded', limit: 1_000, whenFull: 'drop-newest' });
  const sent: UplinkPacket[] = [];
  const delivered: StoredTurn[] = [];
  const clock = new SimulatedClock();
  let read: () => readonly QueueMetrics[] = () => [];
  const actor = startActor(
    defineOffline({
      ...{ folder, disk, encoded, boot: fakeBoot(clock), bufferMs: 600 },
      replies: { next: () => ({ text: '', frames: [] }) },
      uplink: (packet) => sent.push(packet),
      backlog: (turn) => delivered.push(turn),
      downlink() {},
      queues: {
        watch(reader) {
          read = reader;
          return () => {};
        },
      },
    }),
    clock,
  );
  const speak = (sequence: number, final = false) => {
    const fields = { final, discontinuity: false, pcm: false, turn: 1, sequence, timestamp: sequence * 320 };
    const bytes = encodePacket({ ...fields, frames: [Uint8Array.of(sequence)] });
    encoded.send({ turn: 1, sequence, frames: 1, final, bytes });
  };
  const unwritten = () => read().find(({ name }) => name === 'unwritten packets');
  return { actor, sent, delivered, speak, unwritten };
}

const stored = () => openInlineTurnStore(folder, { limit: 10, onDropped() {}, onDamaged() {} });
const sequences = (sent: UplinkPacket[]) => sent.map(({ sequence }) => sequence);
const failures = ({ sent }: ReturnType<typeof device>['actor']) => sent.filter(({ type }) => type === 'offline.failed');

test('packets are forwarded when they are written, in order, and waiting ones are written together', async () => {
  const disk = heldFiles();
  const { actor, sent, speak } = device(disk.files);
  actor.send(OPEN);
  for (let i = 0; i < 20; i++) speak(i);
  await settle();
  assert.deepEqual(sent, []);
  await disk.release();
  assert.deepEqual(
    sequences(sent),
    Array.from({ length: 20 }, (_, i) => i),
  );
  assert.ok(disk.calls.filter((call) => call === 'write').length <= 2, disk.calls.join());
  disk.hold();
  speak(20);
  speak(21, true);
  await settle();
  assert.equal(sent.length, 20);
  await disk.release();
  assert.deepEqual(sequences(sent).slice(20), [20, 21]);
  assert.equal(stored().read(ID)?.frames, 22);
  assert.deepEqual(actor.sent.at(-1), { type: 'offline.pending', turns: 1 });
  assert.deepEqual(actor.crashes, []);
});

test('the turn continues without a disk that does not answer: waiting packets are limited and counted, and it is reported once', async () => {
  const disk = heldFiles();
  const { actor, sent, speak, unwritten } = device(disk.files);
  await disk.release();
  actor.send(OPEN);
  speak(0);
  for (let i = 0; i < 10; i++) await settle();
  disk.hold();
  for (let i = 1; i <= 200; i++) speak(i % 250);
  await settle();
  assert.deepEqual(
    sequences(sent),
    Array.from({ length: 201 }, (_, i) => i),
  );
  const reading = unwritten();
  assert.equal(reading?.limit, 150);
  assert.equal(reading?.depth, 0);
  assert.equal(reading?.dropped, 151);
  assert.equal(failures(actor).length, 1);
  await disk.release();
  assert.equal(stored().read(ID)?.frames, 152);
  assert.equal(failures(actor).length, 1);
  assert.deepEqual(actor.crashes, []);
});

test('the turn continues without a disk that takes longer than 3 s, even if few packets wait', async () => {
  const disk = heldFiles();
  const { actor, sent, speak } = device(disk.files);
  await disk.release();
  disk.hold();
  actor.send(OPEN);
  for (let i = 0; i < 60; i++) {
    speak(i);
    actor.clock.increment(60);
  }
  await settle();
  assert.equal(sent.length, 60);
  assert.equal(failures(actor).length, 1);
  await disk.release();
});

test('a turn that ends while the disk is busy is stored and forwarded completely', async () => {
  const disk = heldFiles();
  const { actor, sent, speak } = device(disk.files);
  await disk.release();
  actor.send(OPEN);
  speak(0);
  for (let i = 0; i < 10; i++) await settle();
  disk.hold();
  for (let i = 1; i < 9; i++) speak(i);
  actor.stop();
  assert.equal(stored().read(ID)?.frames, 9);
  assert.equal(sent.length, 9);
  await disk.release();
  assert.equal(stored().read(ID)?.frames, 9);
  assert.ok(disk.calls.includes('close'));
});

test('a turn that is not written to its end is neither delivered nor pending', async () => {
  const disk = heldFiles();
  const { actor, delivered, speak } = device(disk.files);
  await disk.release();
  actor.send(OPEN);
  speak(0);
  for (let i = 0; i < 10; i++) await settle();
  disk.hold();
  speak(1, true);
  actor.send({ type: 'offline.deliver' });
  await settle();
  await disk.release();
  assert.equal(delivered.length, 0);
  assert.deepEqual(actor.sent.at(-1), { type: 'offline.pending', turns: 1 });
  actor.send({ type: 'offline.deliver' });
  for (let i = 0; i < 10; i++) await settle();
  assert.deepEqual(
    delivered.map(({ frames }) => frames),
    [2],
  );
});

test('the same with libuv’s pool: stored, delivered, deleted', async () => {
  const { actor, sent, delivered, speak } = device(pooledDisk);
  actor.send(OPEN);
  for (let i = 0; i < 100; i++) speak(i, i === 99);
  await eventually(() => actor.sent.some((event) => event.type === 'offline.pending' && event.turns === 1), 'the end');
  assert.equal(sent.length, 100);
  assert.equal(stored().read(ID)?.frames, 100);
  actor.send({ type: 'offline.deliver' });
  await eventually(() => delivered.length > 0, 'the turn');
  assert.equal(delivered[0]?.frames, 100);
  actor.send({ type: 'offline.forget', id: ID });
  await eventually(() => stored().ids().length === 0, 'its end');
  assert.deepEqual(failures(actor), []);
  actor.stop();
});

test('a disk with writes of 0.6 s and fsyncs of 1.5 s does not block the thread', async (t) => {
  const disk = { writeMs: 600, syncMs: 1_500 };
  const inline = await measureBlocking('inline', disk, 0.3);
  if (!inline) return t.skip('a slow disk needs gcc');
  assert.ok(inline.blockedMs >= disk.writeMs, 'it is slow');
  const pool = await measureBlocking('pool', disk, 5);
  // A busy machine delays it, too, but no single write on this disk is this fast.
  assert.ok(pool && pool.blockedMs < disk.writeMs, `${pool?.blockedMs} ms`);
  assert.equal(pool.packets, 83);
});
