/**
 * The wire of ESPHome's native API: what was written is read, however it is cut; whatever a peer sends is refused or read, and nothing else happens.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import {
  encodePlainFrame,
  encodeSealedContent,
  type Frame,
  FrameError,
  ReceivedBytes,
  takePlainFrame,
} from '../../src/core/esphome/frames.ts';
import { decodeMessage, encodeMessage, MESSAGES, type MessageName } from '../../src/core/esphome/messages.ts';
import { NoiseError } from '../../src/core/esphome/noise.ts';
import { decode, encode, field, list, ProtobufError } from '../../src/core/esphome/protobuf.ts';
import { type ApiWire, createEncryptedWire, createPlainWire, makeKey } from '../../src/core/esphome/wire.ts';
import fc from '../support/fast-check.ts';
import { beginHandshake, sealedMessages } from './api-client.ts';

const KEY = Buffer.from(makeKey(), 'base64');
const isRefusal = (error: unknown) =>
  error instanceof FrameError || error instanceof NoiseError || error instanceof ProtobufError;

const SCHEMA = {
  count: field(1, 'uint32'),
  isSet: field(2, 'bool'),
  text: field(3, 'string'),
  bytes: field(4, 'bytes'),
  share: field(5, 'float'),
  key: field(16, 'fixed32'),
  names: list(300, 'string'),
  parts: list(7, { name: field(1, 'string'), value: field(2, 'uint32') }),
};
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const message = fc.record(
  {
    count: uint32,
    isSet: fc.boolean(),
    text,
    bytes: fc.uint8Array({ maxLength: 40 }),
    share: fc.float({ noNaN: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
    key: uint32,
    names: fc.array(text, { maxLength: 5 }),
    parts: fc.array(fc.record({ name: text, value: uint32 }, { noNullPrototype: true }), { maxLength: 5 }),
  },
  { noNullPrototype: true },
);

test('bytes of the specification', () => {
  // protobuf.dev/programming-guides/encoding: field 1 is 150; field 2 is “testing”.
  assert.equal(encode({ a: field(1, 'uint32') }, { a: 150 }).toString('hex'), '089601');
  assert.equal(encode({ b: field(2, 'string') }, { b: 'testing' }).toString('hex'), '120774657374696e67');
  assert.deepEqual(decode({ a: field(1, 'uint32') }, Buffer.from('089601', 'hex')), { a: 150 });
});

test('a message that was written is read again', () => {
  fc.assert(
    fc.property(message, (written) => {
      assert.deepEqual(decode(SCHEMA, encode(SCHEMA, written)), written);
    }),
  );
});

test('unknown fields are skipped, missing ones have their defaults', () => {
  fc.assert(
    fc.property(message, (written) => {
      const read = decode({ text: field(3, 'string'), other: field(99, 'uint32') }, encode(SCHEMA, written));
      assert.deepEqual(read, { text: written.text, other: 0 });
    }),
  );
});

test('any bytes are a message, or refused as none', () => {
  const names = Object.keys(MESSAGES) as MessageName[];
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.uint8Array({ maxLength: 300 }), (name, bytes) => {
      try {
        assert.equal(decodeMessage(MESSAGES[name].id, bytes)?.type, name);
      } catch (error) {
        assert.ok(error instanceof ProtobufError, String(error));
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a cut message, a text that is no UTF-8, a number of 11 bytes and a group are refused', () => {
  const refuse = (hex: string) => assert.throws(() => decode(SCHEMA, Buffer.from(hex, 'hex')), ProtobufError);
  for (const hex of ['08', '1a05616263', '1a02c328', `08${'ff'.repeat(10)}01`, '0b', '1affffffff0f']) refuse(hex);
});

const frame = fc.record({ id: fc.integer({ min: 1, max: 150 }), body: fc.uint8Array({ maxLength: 600 }) });
/** Where a stream is cut. */
const cuts = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 30 });

function* pieces(bytes: Buffer, lengths: readonly number[]): Generator<Buffer> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length] ?? 1;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

const plain = (frames: Frame[]) => frames.map(({ id, body }) => ({ id, body: Buffer.from(body).toString('hex') }));

test('plain frames arrive whole and in order, however they are cut', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), cuts, (frames, lengths) => {
      const wire = createPlainWire();
      const read: Frame[] = [];
      for (const piece of pieces(Buffer.concat(frames.map(encodePlainFrame)), lengths))
        read.push(...wire.receive(piece));
      assert.deepEqual(plain(read), plain(frames));
    }),
  );
});

interface Opened {
  wire: ApiWire;
  sent(): Buffer;
}

function encryptedWire(): Opened {
  const out: Buffer[] = [];
  const wire = createEncryptedWire({
    ...{ key: KEY, name: 'earshot-kitchen-1a2b3c', macAddress: '02:AA:BB:1A:2B:3C' },
    send: (bytes) => out.push(Buffer.from(bytes)),
  });
  return { wire, sent: () => Buffer.concat(out) };
}

test('encrypted frames too, in both directions', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), cuts, (frames, lengths) => {
      const { wire, sent } = encryptedWire();
      const handshake = beginHandshake(KEY);
      for (const piece of pieces(handshake.opening, lengths)) assert.deepEqual(wire.receive(piece), []);
      const client = handshake.finish(sent());
      assert.equal(client.serverHello.toString(), '\u0001earshot-kitchen-1a2b3c\u000002aabb1a2b3c\u0000');
      const read: Frame[] = [];
      const bytes = Buffer.concat(frames.map((each) => client.seal(encodeSealedContent(each))));
      for (const piece of pieces(bytes, lengths)) read.push(...wire.receive(piece));
      assert.deepEqual(plain(read), plain(frames));
      for (const each of frames) {
        const [message = Buffer.alloc(0)] = sealedMessages(wire.encode(each) ?? Buffer.alloc(0));
        assert.deepEqual(client.open(message), encodeSealedContent(each));
      }
    }),
    { numRuns: 30 },
  );
});

test('a client with another key is told, and gets nothing', () => {
  const { wire, sent } = encryptedWire();
  const handshake = beginHandshake(randomBytes(32));
  assert.throws(() => wire.receive(handshake.opening), NoiseError);
  assert.throws(() => handshake.finish(sent()), /^Error: Handshake MAC failure$/);
  assert.equal(wire.encode({ id: 7, body: new Uint8Array(0) }), undefined);
});

test('a client that does not encrypt is told that it must', () => {
  const { wire, sent } = encryptedWire();
  assert.throws(() => wire.receive(encodePlainFrame({ id: 1, body: encodeMessage('HelloRequest', {}) })), FrameError);
  assert.equal(sent().toString('latin1'), '\u0001\u0000\u0013\u0001Bad indicator byte');
});

test('a message that was changed or repeated on its way ends the connection', () => {
  for (const change of ['bit', 'again'] as const) {
    const { wire, sent } = encryptedWire();
    const handshake = beginHandshake(KEY);
    wire.receive(handshake.opening);
    const client = handshake.finish(sent());
    const bytes = client.seal(encodeSealedContent({ id: 7, body: new Uint8Array(0) }));
    if (change === 'bit') bytes.writeUInt8(bytes.readUInt8(9) ^ 1, 9);
    else wire.receive(bytes);
    assert.throws(() => wire.receive(bytes), NoiseError, change);
  }
});

test('a public key of low order is refused', () => {
  const { wire } = encryptedWire();
  const opening = beginHandshake(KEY).opening;
  opening.fill(0, 7, 39);
  assert.throws(() => wire.receive(opening), NoiseError);
});

test('any bytes are refused or wait; what waits is bounded', () => {
  fc.assert(
    fc.property(fc.constantFrom(0, 1), fc.uint8Array({ maxLength: 400 }), cuts, (first, rest, lengths) => {
      for (const wire of [createPlainWire(), encryptedWire().wire]) {
        try {
          for (const piece of pieces(Buffer.from([first, ...rest]), lengths)) wire.receive(piece);
        } catch (error) {
          assert.ok(isRefusal(error), String(error));
        }
      }
    }),
    { numRuns: 1_000 },
  );
  // The length of a plain frame is refused before its bytes are there.
  const received = new ReceivedBytes();
  received.append(Buffer.from([0, 0x80, 0x80, 0x04, 1]));
  assert.throws(() => takePlainFrame(received), FrameError);
});

test('a frame that comes byte by byte is not copied again and again', () => {
  const received = new ReceivedBytes();
  const bytes = encodePlainFrame({ id: 106, body: new Uint8Array(65_000) });
  for (let i = 0; i < bytes.length - 1; i++) {
    received.append(bytes.subarray(i, i + 1));
    if (i % 1_000 === 0) assert.equal(takePlainFrame(received), undefined);
  }
  received.append(bytes.subarray(-1));
  assert.equal(takePlainFrame(received)?.body.length, 65_000);
});
