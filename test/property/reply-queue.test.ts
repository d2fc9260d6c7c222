/**
 * A reply queue returns the frames of the reply in order, without loss or repetition: from memory, and from a file.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { createGapMeter } from '../../actors/responder/gap-meter.ts';
import { createReplyQueue, type ReplyQueue } from '../../actors/session/reply-queue.ts';
import { memorySpools, openSpoolFolder, type Spools } from '../../actors/session/spool-folder.ts';
import { DEFAULT_LIMITS, limitsFrom } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { type AudioPacket, decodePacket } from '../../src/protocol/packet.ts';
import { eventually } from '../support/eventually.ts';
import fc from '../support/fast-check.ts';
import { assertWellFormed, collectingUtterance } from './packet-stream.ts';

const folder = mkdtempSync(join(tmpdir(), 'earshot-replies-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** With so little memory nearly all of a reply is in the file, and is read back in parts. */
const onDisk = openSpoolFolder({ folder, memoryBytes: 10_000, log: silentLog });
const PLACES: [string, Spools][] = [
  ['in memory', memorySpools],
  ['in a file', onDisk],
];

const framesPerPacket = fc.integer({ min: 1, max: 6 });
const frames = fc.array(fc.uint8Array({ minLength: 1, maxLength: 1_275 }), { minLength: 1, maxLength: 50 });
const piece = fc.record({ said: frames, gapSamples: fc.constantFrom(0, 0, 320, 8_000) });
const pieces = fc.array(piece, { minLength: 1, maxLength: 5 });
const runs = { numRuns: 60 };

function decoded(bytes: Uint8Array): AudioPacket {
  const result = decodePacket(bytes);
  assert.ok(result.ok);
  return { ...result.packet, frames: result.packet.frames.map((frame) => frame.slice()) };
}

/** Takes up to this many packets. */
async function take(queue: ReplyQueue, most = Number.POSITIVE_INFINITY): Promise<(AudioPacket & { atMs: number })[]> {
  const taken: (AudioPacket & { atMs: number })[] = [];
  while (taken.length < most) {
    const next = queue.next();
    if (next === 'none') break;
    if (next === 'unloaded') {
      await queue.load();
      continue;
    }
    const packet = queue.take();
    assert.ok(packet);
    taken.push({ ...decoded(packet.bytes), atMs: next.atMs });
    assert.equal(packet.final, taken.at(-1)?.final);
    assert.equal(packet.frames, Number(taken.at(-1)?.sequence) + Number(taken.at(-1)?.frames.length));
  }
  return taken;
}

for (const [where, spools] of PLACES) {
  const create = (limit: number) =>
    createReplyQueue({ turn: 1, framesPerPacket: limit, spool: spools.create(32), limits: DEFAULT_LIMITS });
  const say = (queue: ReplyQueue, said: Uint8Array[], gapSamples = 0) =>
    queue.add({ turn: 1, frames: said, gapSamples, final: false });
  const end = (queue: ReplyQueue) => queue.add({ turn: 1, frames: [], gapSamples: 0, final: true });

  describe(`a reply queue ${where}`, () => {
    test('sends each frame once, in order, FINAL last, also after going back', async () => {
      await fc.assert(
        fc.asyncProperty(
          pieces,
          framesPerPacket,
          fc.nat(20),
          fc.nat(),
          fc.boolean(),
          async (all, limit, stopAt, backTo, acknowledges) => {
            const queue = create(limit);
            for (const { said, gapSamples } of all) say(queue, said, gapSamples);
            end(queue);
            const utterance = collectingUtterance();
            for (const packet of await take(queue, stopAt)) utterance.add(packet);
            // The other end may have less than was sent, never more.
            const has = backTo % (utterance.next + 1);
            if (acknowledges) queue.acknowledge(has);
            queue.rewind(has);
            for (const packet of await take(queue)) utterance.add(packet);
            assert.equal(utterance.complete, true);
            assertWellFormed(
              utterance.packets,
              all.flatMap(({ said }) => said),
              limit,
            );
            queue.discard();
          },
        ),
        runs,
      );
    });

    test('ends with FINAL, however many packets were taken before the end was known', async () => {
      await fc.assert(
        fc.asyncProperty(pieces, framesPerPacket, fc.nat(300), async (all, limit, before) => {
          const queue = create(limit);
          for (const { said, gapSamples } of all) say(queue, said, gapSamples);
          const taken = await take(queue, before);
          end(queue);
          taken.push(...(await take(queue)));
          assertWellFormed(
            taken,
            all.flatMap(({ said }) => said),
            limit,
          );
          queue.discard();
        }),
        runs,
      );
    });

    test('repeats FINAL for a receiver that lacks only that', async () => {
      await fc.assert(
        fc.asyncProperty(frames, framesPerPacket, async (said, limit) => {
          const queue = create(limit);
          say(queue, said);
          await take(queue);
          end(queue);
          for (let time = 0; time < 2; time++) {
            queue.rewind(said.length);
            const [packet, ...others] = await take(queue);
            assert.deepEqual([packet?.final, packet?.sequence, packet?.frames], [true, said.length, []]);
            assert.equal(others.length, 0);
          }
          queue.discard();
        }),
        runs,
      );
    });

    test('sends FINAL to a receiver that had all frames before the end', async () => {
      await fc.assert(
        fc.asyncProperty(frames, framesPerPacket, async (said, limit) => {
          const queue = create(limit);
          say(queue, said);
          const taken = await take(queue);
          // The connection was lost, and the reply ended before anything was sent again.
          queue.rewind(said.length);
          end(queue);
          taken.push(...(await take(queue)));
          assertWellFormed(taken, said, limit);
          queue.discard();
        }),
        runs,
      );
    });

    test('keeps pauses at their positions', async () => {
      await fc.assert(
        fc.asyncProperty(pieces, framesPerPacket, async (all, limit) => {
          const queue = create(limit);
          for (const { said, gapSamples } of all) say(queue, said, gapSamples);
          const gap = createGapMeter();
          const found = new Map<number, number>();
          for (const packet of await take(queue)) {
            assert.equal(packet.atMs, packet.timestamp / 16);
            const samples = gap(packet.timestamp, packet.frames.length);
            if (samples > 0) found.set(packet.sequence, samples);
          }
          let sequence = 0;
          for (const { said, gapSamples } of all) {
            // Before the first frame there is no reference for a pause.
            if (sequence > 0) assert.equal(found.get(sequence) ?? 0, gapSamples);
            sequence += said.length;
          }
          queue.discard();
        }),
        runs,
      );
    });

    test('of ten minutes is sent while it is created, and uses little memory', async () => {
      const queue = create(3);
      const frame = new Uint8Array(60);
      let taken = 0;
      for (let said = 0; said < 30_000; said += 300) {
        say(
          queue,
          Array.from({ length: 300 }, () => frame),
        );
        taken += (await take(queue)).length;
        queue.acknowledge(said + 250);
        assert.ok(queue.stats().memoryBytes < 100_000);
      }
      assert.equal(taken, 10_000);
      queue.discard();
    });
  });
}

test('a reply queue is bounded by time, counts what it drops, and still ends', async () => {
  const spool = memorySpools.create(32);
  const queue = createReplyQueue({ turn: 1, framesPerPacket: 6, spool, limits: DEFAULT_LIMITS });
  const frame = Uint8Array.of(1);
  for (let i = 0; i < 40; i++) {
    queue.add({ turn: 1, frames: Array.from({ length: 1_000 }, () => frame), gapSamples: 0, final: false });
  }
  queue.add({ turn: 1, frames: [], gapSamples: 0, final: true });
  const { waitingFrames, droppedFrames } = queue.stats();
  assert.deepEqual([waitingFrames, droppedFrames], [30_000, 10_000]);
  assert.equal((await take(queue)).at(-1)?.final, true);
});

test('a reply queue is bounded by its pauses and its bytes, too', async () => {
  const limits = limitsFrom(['replyBytes=10000']);
  const create = () => createReplyQueue({ turn: 1, framesPerPacket: 1, spool: memorySpools.create(32), limits });
  const paused = create();
  for (const gapSamples of [0, 599 * 16_000, 16_000, 2 ** 31]) {
    paused.add({ turn: 1, frames: [Uint8Array.of(1)], gapSamples, final: false });
  }
  assert.deepEqual(paused.stats().droppedFrames, 2);
  const large = create();
  large.add({ turn: 1, frames: Array.from({ length: 20 }, () => new Uint8Array(1_000)), gapSamples: 0, final: true });
  const sent = await take(large);
  assert.deepEqual([sent.length, large.stats().droppedFrames, sent.at(-1)?.final], [9, 11, true]);
});

test('a reply that waits is in the file, and the file is deleted with it', async () => {
  const limits = DEFAULT_LIMITS;
  const spools = openSpoolFolder({ folder: join(folder, 'own'), memoryBytes: 32_768, log: silentLog });
  const queue = createReplyQueue({ turn: 1, framesPerPacket: 3, spool: spools.create(32), limits });
  for (let i = 0; i < 50; i++) {
    queue.add({ turn: 1, frames: Array.from({ length: 30 }, () => new Uint8Array(400)), gapSamples: 0, final: false });
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await eventually(() => queue.stats().memoryBytes <= 64_000, 'the rest is in the file');
  assert.equal(readdirSync(join(folder, 'own')).length, 1);
  assert.equal((await take(queue)).length, 500);
  queue.discard();
  await eventually(() => readdirSync(join(folder, 'own')).length === 0, 'the file is removed');
});
