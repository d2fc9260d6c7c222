/**
 * Packets and bytes: encoding and decoding are inverse, and the decoder never throws.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AudioPacket,
  checkPacket,
  decodePacket,
  encodePacket,
  frameCountOf,
  isFinal,
  MAX_FRAME_BYTES,
  sequenceOf,
  timestampOf,
  turnOf,
} from '../../src/protocol/packet.ts';
import fc from '../support/fast-check.ts';

const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
const frame = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 80 }),
  // Near the lengths at which their encoding changes.
  fc
    .constantFrom(250, 251, 252, 253, 255, 256, 1_274, MAX_FRAME_BYTES)
    .map((length) => new Uint8Array(length).fill(length)),
);
const packet: fc.Arbitrary<AudioPacket> = fc
  .record({
    final: fc.boolean(),
    discontinuity: fc.boolean(),
    pcm: fc.boolean(),
    turn: uint(16),
    sequence: uint(32),
    timestamp: uint(32),
    frames: fc.array(frame, { maxLength: 6 }),
  })
  .map((fields) => ({ ...fields, final: fields.final || fields.frames.length === 0 }));

test('decoding an encoded packet gives the same packet', () => {
  fc.assert(
    fc.property(packet, (original) => {
      const decoded = decodePacket(encodePacket(original));
      assert.ok(decoded.ok);
      assert.deepEqual(decoded.packet, original);
    }),
  );
});

test('the header of a forwarded packet has the decoded values', () => {
  fc.assert(
    fc.property(packet, (original) => {
      const bytes = encodePacket(original);
      assert.equal(checkPacket(bytes), undefined);
      const { turn, sequence, timestamp, final, frames } = original;
      const said = [turnOf(bytes), sequenceOf(bytes), timestampOf(bytes), isFinal(bytes), frameCountOf(bytes)];
      assert.deepEqual(said, [turn, sequence, timestamp, final, frames.length]);
    }),
  );
});

/** Packets of a faulty or hostile sender. */
const damage = fc.oneof(
  fc.record({ how: fc.constant('change'), at: fc.nat(), bytes: fc.uint8Array({ minLength: 1, maxLength: 1 }) }),
  fc.record({ how: fc.constant('insert'), at: fc.nat(), bytes: fc.uint8Array({ minLength: 1, maxLength: 20 }) }),
  fc.record({ how: fc.constant('remove'), at: fc.nat(), bytes: fc.uint8Array({ minLength: 1, maxLength: 20 }) }),
  fc.record({ how: fc.constant('append'), at: fc.nat(), bytes: fc.uint8Array({ minLength: 1, maxLength: 20 }) }),
);
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

function damaged(bytes: Uint8Array, { how, at, bytes: other }: Damage): Uint8Array {
  const place = how === 'append' ? bytes.length : at % bytes.length;
  const left = how === 'change' ? 1 : how === 'remove' ? other.length : 0;
  const put = how === 'remove' ? new Uint8Array() : other;
  return Uint8Array.of(...bytes.subarray(0, place), ...put, ...bytes.subarray(place + left));
}

/** A packet, or a typed error with a position in the bytes; valid bytes are encoded to the same bytes. */
function assertPacketOrError(bytes: Uint8Array): void {
  const decoded = decodePacket(bytes);
  if (decoded.ok) {
    const { frames, final } = decoded.packet;
    assert.ok(frames.length <= 6 && (frames.length > 0 || final));
    for (const { length } of frames) assert.ok(length >= 1 && length <= MAX_FRAME_BYTES);
    return assert.deepEqual(encodePacket(decoded.packet), new Uint8Array(bytes));
  }
  assert.match(decoded.error.code, /^packet_/);
  assert.ok(decoded.error.offset >= 0 && decoded.error.offset <= bytes.length);
  assert.ok(decoded.error.message.length > 0);
}

test('any bytes give a packet or a typed error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => assertPacketOrError(bytes)),
    { numRuns: 3_000 },
  );
});

test('also with a valid first byte', () => {
  const flags = fc.integer({ min: 0, max: 7 });
  const count = fc.integer({ min: 0, max: 6 });
  let packets = 0;
  fc.assert(
    fc.property(flags, count, fc.uint8Array({ minLength: 13, maxLength: 60 }), (flag, frames, bytes) => {
      bytes.set([0x11, flag]);
      bytes[12] = frames;
      if (decodePacket(bytes).ok) packets += 1;
      assertPacketOrError(bytes);
    }),
    { numRuns: 3_000 },
  );
  assert.ok(packets > 0, 'some of them are packets');
});

test('also for a packet with damaged bytes', () => {
  fc.assert(
    fc.property(packet, fc.array(damage, { minLength: 1, maxLength: 4 }), (original, all) => {
      let bytes: Uint8Array = encodePacket(original);
      for (const each of all) if (bytes.length > 0) bytes = damaged(bytes, each);
      assertPacketOrError(bytes);
    }),
    { numRuns: 2_000 },
  );
});

test('a truncated packet is an error, at any position', () => {
  fc.assert(
    fc.property(packet, (original) => {
      const bytes = encodePacket(original);
      for (let length = 0; length < bytes.length; length++) {
        const cut = bytes.subarray(0, length);
        const decoded = decodePacket(cut);
        assert.ok(!decoded.ok && decoded.error.offset <= length);
      }
    }),
    { numRuns: 50 },
  );
});

test('the result does not depend on the position in memory, and no other bytes are read', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    packet.map((original) => new Uint8Array(encodePacket(original))),
  );
  fc.assert(
    fc.property(bytes, fc.integer({ min: 1, max: 20 }), uint(8), (content, before, around) => {
      const memory = new Uint8Array(before + content.length + 7).fill(around);
      memory.set(content, before);
      const inside = memory.subarray(before, before + content.length);
      assert.deepEqual(decodePacket(inside), decodePacket(content));
    }),
    { numRuns: 1_000 },
  );
});
