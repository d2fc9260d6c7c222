/**
 * The packet by example: each error has a name and a position; lengths near the limits of their encoding.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type AudioPacket, decodePacket, encodePacket, packetBytes, turnTagOf } from '../../src/protocol/packet.ts';

const GOOD: AudioPacket = {
  final: false,
  discontinuity: false,
  pcm: false,
  turn: 1,
  sequence: 0,
  timestamp: 0,
  frames: [Uint8Array.of(1, 2), Uint8Array.of(3)],
};
/** 13 bytes of header, 2 1 2, 1 3. */
const good = encodePacket(GOOD);
function changed(...changes: [at: number, byte: number][]): Uint8Array {
  const bytes = good.slice();
  for (const [at, byte] of changes) bytes[at] = byte;
  return bytes;
}

describe('an error has a name and a position', () => {
  const cases: [string, Uint8Array, string, number][] = [
    ['nothing at all', new Uint8Array(), 'packet_too_short', 0],
    ['a header that is cut off', good.subarray(0, 12), 'packet_too_short', 12],
    ['version 0', changed([0, 0x01]), 'packet_version', 0],
    ['version 2', changed([0, 0x21]), 'packet_version', 0],
    ['kind 0', changed([0, 0x10]), 'packet_kind', 0],
    ['kind 2', changed([0, 0x12]), 'packet_kind', 0],
    ['the first flag without a meaning', changed([1, 0x08]), 'packet_flags', 1],
    ['the last one', changed([1, 0x81]), 'packet_flags', 1],
    ['7 frames', changed([12, 7]), 'packet_frame_count', 12],
    ['no frame, without FINAL', changed([12, 0]), 'packet_frame_count', 12],
    ['a frame that is missing', changed([12, 3]), 'packet_frame_length', 18],
    ['an empty frame', changed([13, 0]), 'packet_frame_length', 13],
    ['a frame that is longer than the packet', changed([16, 2]), 'packet_frame_length', 16],
    ['a length that is cut off', changed([16, 2], [13, 3]).with(17, 255), 'packet_frame_length', 17],
    ['a length of two bytes, beyond the end', changed([13, 252]), 'packet_frame_length', 13],
    ['bytes to spare', changed([12, 1]), 'packet_trailing_bytes', 16],
    ['bytes to spare after an empty FINAL', changed([1, 1], [12, 0]), 'packet_trailing_bytes', 13],
  ];
  for (const [what, bytes, code, offset] of cases) {
    test(`${what}: ${code}`, () => {
      const decoded = decodePacket(bytes);
      assert.ok(!decoded.ok);
      assert.deepEqual([decoded.error.code, decoded.error.offset], [code, offset]);
      assert.ok(decoded.error.message.length > 0);
    });
  }

  test('by the first error', () => {
    const decoded = decodePacket(changed([0, 0x22], [1, 0xff], [12, 9]));
    assert.equal(decoded.ok ? 'ok' : decoded.error.code, 'packet_version');
  });
});

describe('the length of a frame', () => {
  const codes: [number, number[]][] = [
    [1, [1]],
    [251, [251]],
    [252, [252, 0]],
    [253, [253, 0]],
    [254, [254, 0]],
    [255, [255, 0]],
    [256, [252, 1]],
    [640, [252, 97]],
    [1_274, [254, 255]],
    [1_275, [255, 255]],
  ];
  for (const [length, code] of codes) {
    test(`${length} is written ${code.join(' ')}, and read`, () => {
      const packet = { ...GOOD, frames: [new Uint8Array(length).fill(7)] };
      const bytes = encodePacket(packet);
      assert.deepEqual([...bytes.subarray(13, 13 + code.length)], code);
      assert.equal(bytes.length, packetBytes(packet.frames));
      assert.deepEqual(decodePacket(bytes), { ok: true, packet });
    });
  }
});

describe('the encoder refuses invalid packets', () => {
  const wrong: [string, AudioPacket][] = [
    ['no frames without FINAL', { ...GOOD, frames: [] }],
    ['seven frames', { ...GOOD, frames: Array.from({ length: 7 }, () => Uint8Array.of(1)) }],
    ['an empty frame', { ...GOOD, frames: [new Uint8Array()] }],
    ['a frame that is too long', { ...GOOD, frames: [new Uint8Array(1_276)] }],
  ];
  for (const [what, packet] of wrong) {
    test(what, () => {
      assert.throws(() => encodePacket(packet), RangeError);
    });
  }
});

describe('numbers', () => {
  test('wrap: the turn at 16 bits, sequence and timestamp at 32', () => {
    const decoded = decodePacket(
      encodePacket({ ...GOOD, turn: 65_537, sequence: 2 ** 32 + 5, timestamp: 2 ** 32 + 320 }),
    );
    assert.ok(decoded.ok);
    const { turn, sequence, timestamp } = decoded.packet;
    assert.deepEqual([turn, sequence, timestamp], [turnTagOf(65_537), 5, 320]);
  });

  test('are read as unsigned', () => {
    const largest = { ...GOOD, turn: 0xffff, sequence: 0xffff_ffff, timestamp: 0xffff_ffff };
    assert.deepEqual(decodePacket(encodePacket(largest)), { ok: true, packet: largest });
  });
});

describe('memory', () => {
  test('frames are views into the received bytes, not copies', () => {
    const bytes = good.slice();
    const decoded = decodePacket(bytes);
    assert.ok(decoded.ok);
    assert.equal(decoded.packet.frames[0]?.buffer, bytes.buffer);
  });

  test('an encoded packet has its own buffer, so it can be transferred', () => {
    assert.equal(good.buffer.byteLength, good.byteLength);
    assert.equal(good.byteOffset, 0);
  });
});
