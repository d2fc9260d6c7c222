/**
 * What goes into a queue comes out, in order, none lost and none repeated: framer, packetizer, utterance, reply queue, outbox.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createFramer } from '../../actors/capture/framer.ts';
import { createPacketizer } from '../../actors/codec/packetizer.ts';
import { createOutbox } from '../../actors/network/outbox.ts';
import { createGapMeter } from '../../actors/responder/gap-meter.ts';
import { createReplyQueue } from '../../actors/session/reply-queue.ts';
import { createUtterance } from '../../actors/session/utterance.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import type { AudioPacket } from '../../src/protocol/packet.ts';

const framesPerPacket = fc.integer({ min: 1, max: 6 });
const frames = fc.array(fc.uint8Array({ minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 50 });

test('blocks of any length become frames of the same samples', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1_500 }), { maxLength: 20 }), (lengths) => {
      const framer = createFramer(320);
      const out: number[] = [];
      let spoken = 0;
      for (const length of lengths) {
        const block = Int16Array.from({ length }, () => spoken++ % 30_000);
        framer.add(block, (frame, samplesAfter) => {
          assert.equal(frame.length, 320);
          assert.ok(samplesAfter >= 0 && samplesAfter < length);
          out.push(...frame);
        });
      }
      const rest = framer.flush();
      if (rest) out.push(...rest);
      assert.equal(out.length % 320, 0);
      assert.deepEqual(
        out.slice(0, spoken),
        Array.from({ length: spoken }, (_, i) => i % 30_000),
      );
      assert.ok(out.slice(spoken).every((sample) => sample === 0));
    }),
  );
});

function assertWellFormed(packets: AudioPacket[], spoken: Uint8Array[], limit: number): void {
  assert.deepEqual(
    packets.flatMap((packet) => packet.frames),
    spoken,
  );
  let next = 0;
  for (const packet of packets) {
    assert.equal(packet.sequence, next);
    assert.ok(packet.frames.length <= limit && (packet.frames.length > 0 || packet.final));
    next += packet.frames.length;
  }
  assert.deepEqual(
    packets.map(({ final }) => final),
    packets.map((_, i) => i === packets.length - 1),
  );
}

test('a packetizer sends each frame once, in order, FINAL last; a gap in time begins a packet with DISCONTINUITY', () => {
  const gaps = fc.array(fc.constantFrom(0, 0, 0, 0, 8_000), { minLength: 50, maxLength: 50 });
  fc.assert(
    fc.property(frames, framesPerPacket, gaps, (spoken, limit, pauses) => {
      const packetizer = createPacketizer(1, limit);
      const packets: AudioPacket[] = [];
      const times: number[] = [];
      let timestamp = 0;
      for (const [i, frame] of spoken.entries()) {
        timestamp += pauses[i] ?? 0;
        times.push(timestamp);
        packetizer.add(frame, timestamp, (packet) => packets.push(packet));
        timestamp += 320;
      }
      packets.push(packetizer.finish());
      assertWellFormed(packets, spoken, limit);
      for (const packet of packets) {
        if (packet.frames.length === 0) continue;
        assert.equal(packet.timestamp, times[packet.sequence]);
        assert.equal(packet.discontinuity, (pauses[packet.sequence] ?? 0) > 0);
      }
    }),
  );
});

const piece = fc.record({ said: frames, gapSamples: fc.constantFrom(0, 0, 320, 8_000) });
const pieces = fc.array(piece, { minLength: 1, maxLength: 5 });

test('a reply queue sends each frame once, in order, FINAL last, also after going back', () => {
  fc.assert(
    fc.property(pieces, framesPerPacket, fc.nat(), fc.nat(), (all, limit, stopAt, backTo) => {
      const queue = createReplyQueue(1, limit);
      for (const { said, gapSamples } of all) queue.add({ turn: 1, frames: said, gapSamples, final: false });
      queue.add({ turn: 1, frames: [], gapSamples: 0, final: true });
      const utterance = createUtterance(DEFAULT_LIMITS);
      const take = (most: number) => {
        for (let taken = 0; taken <= most; taken++) {
          const packet = queue.take();
          if (!packet) return;
          utterance.add(packet, 1);
        }
      };
      take(stopAt % 20);
      // The other end may have less than was sent, never more.
      queue.rewind(Math.min(utterance.next, backTo % (utterance.next + 1)));
      take(Number.POSITIVE_INFINITY);
      assert.equal(utterance.complete, true);
      assertWellFormed(
        [...utterance.packets()],
        all.flatMap(({ said }) => said),
        limit,
      );
    }),
  );
});

test('a reply queue ends with FINAL however much was taken before it was known to be the end', () => {
  fc.assert(
    fc.property(pieces, framesPerPacket, fc.nat(300), (all, limit, before) => {
      const queue = createReplyQueue(1, limit);
      const taken: AudioPacket[] = [];
      const take = (most: number) => {
        for (let packet = queue.take(); packet; packet = taken.length < most ? queue.take() : undefined)
          taken.push({ ...packet });
      };
      for (const { said, gapSamples } of all) queue.add({ turn: 1, frames: said, gapSamples, final: false });
      if (before > 0) take(before);
      queue.add({ turn: 1, frames: [], gapSamples: 0, final: true });
      take(Number.POSITIVE_INFINITY);
      assertWellFormed(
        taken,
        all.flatMap(({ said }) => said),
        limit,
      );
    }),
  );
});

test('a reply queue says FINAL again to a receiver that lacks nothing else', () => {
  fc.assert(
    fc.property(frames, framesPerPacket, (said, limit) => {
      const queue = createReplyQueue(1, limit);
      queue.add({ turn: 1, frames: said, gapSamples: 0, final: false });
      while (queue.take());
      queue.add({ turn: 1, frames: [], gapSamples: 0, final: true });
      for (let time = 0; time < 2; time++) {
        queue.rewind(said.length);
        const { final, sequence, frames: none } = queue.take() ?? {};
        assert.deepEqual([final, sequence, none], [true, said.length, []]);
        assert.equal(queue.take(), undefined);
      }
    }),
  );
});

test('a reply queue keeps pauses: a receiver finds them where they were said', () => {
  fc.assert(
    fc.property(pieces, framesPerPacket, (all, limit) => {
      const queue = createReplyQueue(1, limit);
      for (const { said, gapSamples } of all) queue.add({ turn: 1, frames: said, gapSamples, final: false });
      const gap = createGapMeter();
      const found = new Map<number, number>();
      let atMs = queue.nextAtMs();
      for (let packet = queue.take(); packet; packet = queue.take()) {
        assert.equal(atMs, packet.timestamp / 16);
        const samples = gap(packet.timestamp, packet.frames.length);
        if (samples > 0) found.set(packet.sequence, samples);
        atMs = queue.nextAtMs();
      }
      let sequence = 0;
      for (const { said, gapSamples } of all) {
        // Before the first frame there is nothing to measure a pause from.
        if (sequence > 0) assert.equal(found.get(sequence) ?? 0, gapSamples);
        sequence += said.length;
      }
    }),
  );
});

test('a reply queue is bounded, counts what it drops, and still ends', () => {
  const queue = createReplyQueue(1, 6);
  const frame = Uint8Array.of(1);
  for (let i = 0; i < 40; i++) {
    queue.add({ turn: 1, frames: Array.from({ length: 1_000 }, () => frame), gapSamples: 0, final: false });
  }
  queue.add({ turn: 1, frames: [], gapSamples: 0, final: true });
  const { waitingFrames, droppedFrames, limit } = queue.stats();
  assert.ok(waitingFrames <= limit);
  assert.equal(waitingFrames + droppedFrames, 40_000);
  let last: AudioPacket | undefined;
  for (let packet = queue.take(); packet; packet = queue.take()) last = packet;
  assert.equal(last?.final, true);
});

test('a gap is found across the wrap of the timestamp, and one backwards is none', () => {
  const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
  fc.assert(
    fc.property(
      uint32,
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      (at, count, gap) => {
        const meter = createGapMeter();
        assert.equal(meter(at, count), 0);
        assert.equal(meter((at + count * 320 + gap) >>> 0, 1), Math.max(0, gap));
      },
    ),
  );
});

test('an outbox goes on from the packet that holds the missing frame, and keeps its limit', () => {
  fc.assert(
    fc.property(
      frames,
      framesPerPacket,
      fc.nat(20),
      fc.nat(60),
      fc.integer({ min: 1, max: 60 }),
      (spoken, size, sent, missing, limit) => {
        const outbox = createOutbox(limit);
        const packetizer = createPacketizer(1, size);
        const offered: AudioPacket[] = [];
        for (const [i, frame] of spoken.entries()) packetizer.add(frame, i * 320, (packet) => offered.push(packet));
        offered.push(packetizer.finish());
        const kept = offered.filter(({ sequence, frames: { length }, final }) =>
          outbox.add({ sequence, frames: length, final, bytes: Uint8Array.of(1) }),
        );
        assert.deepEqual(kept, offered.slice(0, limit));
        assert.equal(outbox.stats().dropped, Math.max(0, offered.length - limit));
        for (let i = 0; i < sent; i++) outbox.advance();
        assert.equal(outbox.stats().unsent, Math.max(0, kept.length - sent));
        outbox.rewind(missing);
        const next = outbox.peek();
        const holds = kept.find(({ sequence, frames: { length }, final }) => sequence + length > missing || final);
        assert.equal(next?.sequence, holds?.sequence);
        outbox.acknowledge(missing);
        outbox.acknowledge(0);
        const all = kept.reduce((sum, packet) => sum + packet.frames.length, 0);
        assert.equal(outbox.unacknowledgedFrames(), Math.max(0, all - missing));
      },
    ),
  );
});

test('an utterance takes nothing after its FINAL', () => {
  fc.assert(
    fc.property(frames, fc.boolean(), fc.nat(100), (spoken, discontinuity, sequence) => {
      const utterance = createUtterance(DEFAULT_LIMITS);
      const packet = {
        final: true,
        discontinuity: false,
        pcm: false,
        turn: 1,
        sequence: 0,
        timestamp: 0,
        frames: spoken,
      };
      assert.equal(utterance.add(packet, 1), 'new');
      assert.equal(utterance.add({ ...packet, discontinuity, sequence }, 1), 'repeated');
      assert.deepEqual([utterance.next, utterance.packets().length], [spoken.length, 1]);
    }),
  );
});

test('an utterance keeps each frame once, whatever is sent again, and refuses what runs ahead', () => {
  fc.assert(
    fc.property(frames, framesPerPacket, fc.array(fc.nat(60), { maxLength: 60 }), (spoken, limit, order) => {
      const packets: AudioPacket[] = [];
      const packetizer = createPacketizer(1, limit);
      for (const [i, frame] of spoken.entries()) packetizer.add(frame, i * 320, (packet) => packets.push(packet));
      packets.push(packetizer.finish());
      const utterance = createUtterance(DEFAULT_LIMITS);
      const offered = [...order.flatMap((at) => packets[at] ?? []), ...packets];
      for (const packet of offered) {
        const { next } = utterance;
        const verdict = utterance.add(packet, 1);
        if (packet.sequence > next) assert.equal(verdict, 'ahead');
      }
      assertWellFormed([...utterance.packets()], spoken, limit);
    }),
  );
});
