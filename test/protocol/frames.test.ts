/**
 * Invalid WebSocket frames, and frames that docs/protocol.md does not allow: the code with which the connection is
 * closed. Written by hand, because no library sends such frames.
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { hello } from '../support/client.ts';
import { gatewayForTests } from '../support/gateway.ts';
import { once } from '../support/in-time.ts';
import { type Frame, frame, OPCODES, properHandshake } from '../support/mutations.ts';

const gateway = gatewayForTests();
const HELLO: Frame = { opcode: OPCODES.text, payload: Buffer.from(JSON.stringify(hello('by hand'))) };
const TEXT: Frame = { opcode: OPCODES.text, payload: Buffer.from('{"type":"bye","reason":"x"}') };

/** The code of the close frame that answers these, or undefined when the connection is ended without one. */
async function closedWith(...frames: Frame[]): Promise<number | undefined> {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  socket.write(properHandshake({ path: '/v1/stream', protocols: ['earshot.v1'] }));
  await once(socket, 'data');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.write(Buffer.concat([HELLO, ...frames].map(frame)));
  await once(socket, 'end');
  socket.destroy();
  return closeCodeIn(Buffer.concat(chunks));
}

function closeCodeIn(bytes: Buffer): number | undefined {
  for (let at = 0; at + 2 <= bytes.length; ) {
    const short = bytes.readUInt8(at + 1);
    const [head, length] = short === 126 ? [4, bytes.readUInt16BE(at + 2)] : [2, short];
    if ((bytes.readUInt8(at) & 15) === OPCODES.close) return bytes.readUInt16BE(at + head);
    at += head + length;
  }
  return undefined;
}

function inPieces(pieces: number): Frame[] {
  const bytes = Buffer.from(JSON.stringify({ type: 'bye', reason: 'x'.repeat(pieces) }));
  return Array.from({ length: pieces }, (_, i) => ({
    opcode: i === 0 ? OPCODES.text : OPCODES.continuation,
    payload: i === pieces - 1 ? bytes.subarray(i) : bytes.subarray(i, i + 1),
    isFinal: i === pieces - 1,
  }));
}

const CLOSES: [what: string, frames: Frame[], code: number][] = [
  ['a message in more than 256 fragments', inPieces(257), 1_008],
  [
    'a message whose fragments have more than 65,536 bytes',
    [
      { opcode: OPCODES.text, payload: Buffer.alloc(40_000, 0x20), isFinal: false },
      { opcode: OPCODES.continuation, payload: Buffer.alloc(40_000, 0x20) },
    ],
    1_009,
  ],
  ['a frame with a length above the limit', [{ ...TEXT, length: 65_537 }], 1_009],
  ['a frame with an impossible length', [{ ...TEXT, length: 2n ** 63n }], 1_009],
  ['a frame without a mask', [{ ...TEXT, isMasked: false }], 1_002],
  ['a frame with a reserved bit', [{ ...TEXT, reserved: 1 }], 1_002],
  ['a frame with compression, which was not negotiated', [{ ...TEXT, reserved: 4 }], 1_002],
  ['a frame of an unknown kind', [{ ...TEXT, opcode: 5 }], 1_002],
  ['a continuation without a beginning', [{ ...TEXT, opcode: OPCODES.continuation }], 1_002],
  ['a ping of more than 125 bytes', [{ opcode: OPCODES.ping, payload: Buffer.alloc(126) }], 1_002],
  ['a ping in fragments', [{ opcode: OPCODES.ping, payload: Buffer.alloc(1), isFinal: false }], 1_002],
  ['a close with half a code', [{ opcode: OPCODES.close, payload: Buffer.alloc(1) }], 1_002],
  ['a close with a code that may not be sent', [{ opcode: OPCODES.close, payload: Buffer.from([3, 238]) }], 1_002],
  ['a text that is not UTF-8', [{ opcode: OPCODES.text, payload: Buffer.from([0xc3, 0x28]) }], 1_007],
];
for (const [what, frames, code] of CLOSES) {
  test(`${what} closes the connection with ${code}`, async () => {
    assert.equal(await closedWith(...frames), code);
  });
}

test('a message in 256 fragments is accepted', async () => {
  assert.equal(await closedWith(...inPieces(256), { opcode: OPCODES.close, payload: Buffer.from([3, 232]) }), 1_000);
});
