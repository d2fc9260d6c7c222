/**
 * What goes into a queue comes out, in order, none lost and none repeated: framer, packetizer, utterance, reply queue, channel.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createFramer } from '../../actors/capture/framer.ts';
import { createPacketizer } from '../../actors/codec/packetizer.ts';
import { createRoundTrip } from '../../actors/network/round-trip.ts';
import { createPacer } from '../../actors/session/pacer.ts';
import { createReplyQueue } from '../../actors/session/reply-queue.ts';
import { createUtterance } from '../../actors/session/utterance.ts';
import { createChannel } from '../../src/channel.ts';
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

test('a reply queue sends each frame once, in order, FINAL last, also after going back', () => {
  const pieces = fc.array(frames, { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(pieces, framesPerPacket, fc.nat(), fc.nat(), (said, limit, stopAt, backTo) => {
      const queue = createReplyQueue(1, limit);
      for (const piece of said) queue.add({ turn: 1, frames: piece, gapSamples: 0, final: false });
      queue.add({ turn: 1, frames: [], gapSamples: 0, final: true });
      const utterance = createUtterance();
      const take = (most: number) => {
        for (let taken = 0; taken <= most; taken++) {
          const packet = queue.take();
          if (!packet) return;
          utterance.add(packet);
        }
      };
      take(stopAt % 20);
      // The other end may have less than was sent, never more.
      queue.rewind(Math.min(utterance.next, backTo % (utterance.next + 1)));
      take(Number.POSITIVE_INFINITY);
      assert.equal(utterance.complete, true);
      assertWellFormed([...utterance.packets()], said.flat(), limit);
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
      const utterance = createUtterance();
      const offered = [...order.flatMap((at) => packets[at] ?? []), ...packets];
      for (const packet of offered) {
        const { next } = utterance;
        const verdict = utterance.add(packet);
        if (packet.sequence > next) assert.equal(verdict, 'ahead');
      }
      assertWellFormed([...utterance.packets()], spoken, limit);
    }),
  );
});

test('a channel keeps order, its limit and its counts', () => {
  const steps = fc.array(fc.constantFrom('send', 'attach', 'detach'), { maxLength: 60 });
  fc.assert(
    fc.property(
      steps,
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom('drop-oldest', 'drop-newest'),
      (all, limit, whenFull) => {
        const channel = createChannel<number>({ name: 'test', limit, whenFull });
        const got: number[] = [];
        let detach = () => {};
        let sent = 0;
        for (const step of all) {
          if (step === 'send') channel.send(sent++);
          else if (step === 'attach') detach = channel.receive((event) => got.push(event));
          else detach();
          assert.ok(channel.stats().depth <= limit);
        }
        channel.receive((event) => got.push(event));
        const { dropped } = channel.stats();
        assert.equal(got.length + dropped, sent);
        assert.deepEqual(
          got,
          [...got].sort((a, b) => a - b),
        );
      },
    ),
  );
});

test('the clock offset is right to within half of the smallest round trip', () => {
  const transit = fc.double({ min: 0.1, max: 300, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(transit, transit), { minLength: 1, maxLength: 20 }),
      fc.integer(),
      (exchanges, offset) => {
        const roundTrip = createRoundTrip();
        let t0 = 1_000;
        for (const [there, back] of exchanges) {
          const arrived = t0 + there;
          roundTrip.add(t0, arrived - offset, arrived - offset, arrived + back);
          t0 += 1_000;
        }
        const smallest = Math.min(...exchanges.slice(-8).map(([there, back]) => there + back));
        assert.ok(Math.abs(roundTrip.clockOffsetMs - offset) <= smallest / 2 + 1e-3);
      },
    ),
  );
});

test('a paced reply is never further ahead than the device can buffer', () => {
  fc.assert(
    fc.property(fc.nat(3_000), fc.nat(60_000), fc.nat(60_000), (bufferMs, sentMs, passedMs) => {
      const waitMs = createPacer(1_000, bufferMs).waitMs(sentMs, 1_000 + passedMs);
      const sentAtMs = passedMs + Math.max(0, waitMs);
      assert.ok(sentMs - sentAtMs <= bufferMs);
      if (waitMs > 0) assert.ok(Math.abs(sentMs - sentAtMs - bufferMs) < 1e-6, 'and no later than need be');
    }),
  );
});
