/**
 * WebSocket frames of a server (RFC 6455 §5.2): whole messages, unmasked and uncompressed. Header and content are one buffer, so one
 * write sends both: cheaper than two for small messages.
 */
const FINAL = 0x80;
const TEXT = 1;
const BINARY = 2;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

export function serverFrame(message: string | Uint8Array, length: number): Buffer {
  const isText = typeof message === 'string';
  const headerBytes = length < LENGTH_16 ? 2 : length < 0x1_0000 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headerBytes + length);
  frame[0] = FINAL | (isText ? TEXT : BINARY);
  if (headerBytes === 2) {
    frame[1] = length;
  } else if (headerBytes === 4) {
    frame[1] = LENGTH_16;
    frame[2] = length >> 8;
    frame[3] = length;
  } else {
    frame[1] = LENGTH_64;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  if (isText) frame.write(message, headerBytes);
  else frame.set(message, headerBytes);
  return frame;
}
