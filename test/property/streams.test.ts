/**
 * Queues return their input in order, without loss or repetition: framer, packetizer, utterance, retransmission buffer.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFramer } from '../../actors/capture/framer.ts';
import { createPacketizer } from '../../actors/codec/packetizer.ts';
import { PACKET_AT, RetransmissionBuffer } from '../../actors/network/retransmission-buffer.ts';
import { createGapMeter } from '../../actors/responder/gap-meter.ts';
import { memorySpools } from '../../actors/session/spool-folder.ts';
import { createRecyclingLog } from '../../src/core/files/memory-log.ts';
import { type AudioPacket, encodePacket, sequenceOf } from '../../src/protocol/packet.ts';
import fc from '../support/fast-check.ts';
import { assertWellFormed, collectingUtterance } from './packet-stream.ts';

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

test('a packetizer sends each frame once, in order, FINAL last; a gap in time begins a packet with DISCONTINUITY, in haste nothing waits', () => {
  const gaps = fc.array(fc.constantFrom(0, 0, 0, 0, 8_000), { minLength: 50, maxLength: 50 });
  const haste = fc.array(fc.boolean(), { minLength: 50, maxLength: 50 });
  fc.assert(
    fc.property(frames, framesPerPacket, gaps, haste, (spoken, limit, pauses, isHasty) => {
      const packetizer = createPacketizer(1, limit);
      const packets: AudioPacket[] = [];
      const times: number[] = [];
      let timestamp = 0;
      for (const [i, frame] of spoken.entries()) {
        timestamp += pauses[i] ?? 0;
        times.push(timestamp);
        packetizer.add(frame, timestamp, (packet) => packets.push(packet), isHasty[i]);
        timestamp += 320;
        // Nothing waits.
        if (isHasty[i]) assert.equal(packets.flatMap((packet) => packet.frames).length, i + 1);
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

test('a gap is detected across the wrap of the timestamp, and a step backwards is not a gap', () => {
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

test('a retransmission buffer continues at the packet with the missing frame, and keeps its limit', () => {
  fc.assert(
    fc.property(
      frames,
      framesPerPacket,
      fc.nat(20),
      fc.nat(60),
      fc.integer({ min: 1, max: 60 }),
      (spoken, size, sent, missing, limit) => {
        const buffer = new RetransmissionBuffer(memorySpools.create(1), limit);
        const packetizer = createPacketizer(1, size);
        const offered: AudioPacket[] = [];
        for (const [i, frame] of spoken.entries()) packetizer.add(frame, i * 320, (packet) => offered.push(packet));
        offered.push(packetizer.finish());
        const kept = offered.filter((packet) => {
          const bytes = encodePacket(packet);
          const record = buffer.append(bytes.length, packet.sequence, packet.frames.length);
          record?.set(bytes, PACKET_AT);
          return record !== undefined;
        });
        assert.deepEqual(kept, offered.slice(0, limit));
        assert.equal(buffer.stats().dropped, Math.max(0, offered.length - limit));
        const taken = Array.from({ length: sent }, () => buffer.take()).filter((bytes) => bytes !== undefined);
        assert.deepEqual(taken, kept.slice(0, sent).map(encodePacket));
        assert.equal(buffer.stats().unsent, Math.max(0, kept.length - sent));
        buffer.rewind(missing);
        const next = buffer.peek();
        const holds = kept.find(({ sequence, frames: { length }, final }) => sequence + length > missing || final);
        assert.equal(next && sequenceOf(next), holds?.sequence);
        const behind = holds ? kept.slice(kept.indexOf(holds)) : [];
        assert.equal(buffer.stats().unsent, behind.length);
        for (const packet of behind) assert.deepEqual(buffer.take(), encodePacket(packet));
        assert.equal(buffer.take(), undefined);
        buffer.acknowledge(missing);
        buffer.acknowledge(0);
        const all = kept.reduce((sum, packet) => sum + packet.frames.length, 0);
        assert.equal(buffer.unacknowledgedFrames, Math.max(0, all - missing));
      },
    ),
  );
});

test('a retransmission buffer returns the same bytes, also in reused memory', () => {
  // Most turns are longer than the distance of the buffer's index.
  const spoken = fc.array(fc.uint8Array({ minLength: 1_000, maxLength: 1_275 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(fc.array(fc.array(spoken, { maxLength: 30 }), { maxLength: 4 }), fc.nat(100), (turns, missing) => {
      for (const packets of turns) {
        const buffer = new RetransmissionBuffer(createRecyclingLog());
        let sequence = 0;
        const kept = packets.map((frames) => {
          const fields = { final: false, discontinuity: false, pcm: false, turn: 1, timestamp: 0 };
          const bytes = encodePacket({ ...fields, sequence, frames });
          const given = bytes.slice();
          buffer.append(given.length, sequence, frames.length)?.set(given, PACKET_AT);
          given.fill(0);
          sequence += frames.length;
          return { bytes, end: sequence };
        });
        assert.deepEqual(
          takenFrom(buffer),
          kept.map(({ bytes }) => bytes),
        );
        buffer.rewind(missing);
        const lacking = kept.filter(({ end }) => end > missing).map(({ bytes }) => bytes);
        buffer.peek();
        assert.equal(buffer.stats().unsent, lacking.length);
        assert.deepEqual(takenFrom(buffer), lacking);
        buffer.release();
        assert.equal(buffer.peek(), undefined);
      }
    }),
  );
});

test('turns of 40 s, one after the other, use the same memory', () => {
  const bytes = new Uint8Array(200);
  const speak = () => {
    const buffer = new RetransmissionBuffer(createRecyclingLog());
    for (let i = 0; i < 600; i++) buffer.append(bytes.length, 3 * i, 3)?.set(bytes, PACKET_AT);
    buffer.release();
  };
  speak();
  const before = process.memoryUsage().arrayBuffers;
  for (let turn = 0; turn < 10; turn++) speak();
  assert.ok(process.memoryUsage().arrayBuffers - before < 2_000);
});

test('an utterance accepts nothing after its FINAL', () => {
  fc.assert(
    fc.property(frames, fc.boolean(), fc.nat(100), (spoken, discontinuity, sequence) => {
      const utterance = collectingUtterance();
      const packet = {
        final: true,
        discontinuity: false,
        pcm: false,
        turn: 1,
        sequence: 0,
        timestamp: 0,
        frames: spoken,
      };
      assert.equal(utterance.add(packet), 'new');
      assert.equal(utterance.add({ ...packet, discontinuity, sequence }), 'repeated');
      assert.deepEqual([utterance.next, utterance.packets.length], [spoken.length, 1]);
    }),
  );
});

test('an utterance accepts each frame once, also when frames are sent again, and refuses frames ahead', () => {
  fc.assert(
    fc.property(frames, framesPerPacket, fc.array(fc.nat(60), { maxLength: 60 }), (spoken, limit, order) => {
      const packets: AudioPacket[] = [];
      const packetizer = createPacketizer(1, limit);
      for (const [i, frame] of spoken.entries()) packetizer.add(frame, i * 320, (packet) => packets.push(packet));
      packets.push(packetizer.finish());
      const utterance = collectingUtterance();
      const offered = [...order.flatMap((at) => packets[at] ?? []), ...packets];
      for (const packet of offered) {
        const { next } = utterance;
        const verdict = utterance.add(packet);
        if (packet.sequence > next) assert.equal(verdict, 'ahead');
      }
      assertWellFormed(utterance.packets, spoken, limit);
    }),
  );
});

/** All packets that are still to be sent. */
function takenFrom(buffer: RetransmissionBuffer): Uint8Array[] {
  const taken: Uint8Array[] = [];
  for (let packet = buffer.take(); packet; packet = buffer.take()) taken.push(packet.slice());
  return taken;
}
