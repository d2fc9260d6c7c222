import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AudioPacket, decodePacket, encodePacket, MAX_FRAME_BYTES } from '../../src/protocol/packet.ts';

const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
const frame = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 80 }),
  // Around the lengths at which their code changes.
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

test('what was encoded is decoded', () => {
  fc.assert(
    fc.property(packet, (original) => {
      const decoded = decodePacket(encodePacket(original));
      assert.ok(decoded.ok);
      assert.deepEqual(decoded.packet, original);
    }),
  );
});

test('bytes that are a packet are encoded again as themselves', () => {
  fc.assert(
    fc.property(packet, fc.nat(), uint(8), (original, at, byte) => {
      const bytes = encodePacket(original);
      bytes[at % bytes.length] = byte;
      const decoded = decodePacket(bytes);
      if (decoded.ok) assert.deepEqual(encodePacket(decoded.packet), bytes);
    }),
    { numRuns: 2_000 },
  );
});

test('any bytes give a packet or a typed error, wherever they lie in memory', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(20), (bytes, before) => {
      const memory = new Uint8Array(before + bytes.length + 7).fill(0x11);
      memory.set(bytes, before);
      const decoded = decodePacket(memory.subarray(before, before + bytes.length));
      if (decoded.ok) return;
      assert.match(decoded.error.code, /^packet_/);
      assert.ok(decoded.error.offset >= 0 && decoded.error.offset <= bytes.length);
      assert.ok(decoded.error.message.length > 0);
    }),
    { numRuns: 5_000 },
  );
});

test('a packet that is cut off anywhere is an error', () => {
  fc.assert(
    fc.property(packet, fc.nat(), (original, at) => {
      const bytes = encodePacket(original);
      assert.equal(decodePacket(bytes.subarray(0, at % bytes.length)).ok, false);
    }),
  );
});

test('each thing that can be wrong has a name of its own', () => {
  const good = encodePacket({
    final: false,
    discontinuity: false,
    pcm: false,
    turn: 1,
    sequence: 0,
    timestamp: 0,
    frames: [Uint8Array.of(1, 2)],
  });
  const changed = (at: number, byte: number) => {
    const bytes = good.slice();
    bytes[at] = byte;
    return bytes;
  };
  const cases: [Uint8Array, string][] = [
    [good.subarray(0, 12), 'packet_too_short'],
    [changed(0, 0x21), 'packet_version'],
    [changed(0, 0x12), 'packet_kind'],
    [changed(1, 0x08), 'packet_flags'],
    [changed(12, 7), 'packet_frame_count'],
    [changed(12, 0), 'packet_frame_count'],
    [changed(13, 0), 'packet_frame_length'],
    [changed(13, 3), 'packet_frame_length'],
    [changed(13, 1), 'packet_trailing_bytes'],
  ];
  for (const [bytes, code] of cases) {
    const decoded = decodePacket(bytes);
    assert.equal(decoded.ok ? 'ok' : decoded.error.code, code);
  }
});
