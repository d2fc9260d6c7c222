/**
 * Invalid HTTP requests and WebSocket frames: valid ones with mutations.
 */
import type { Random } from './random.ts';

const METHODS = ['GET', 'GET', 'GET', 'POST', 'HEAD', 'PUT', 'OPTIONS', 'DELETE', 'PATCH', 'TRACE', 'M-SEARCH'];
/** The paths of all servers; for each server, the others' are wrong paths. */
const PATHS = [
  ...['/', '/health', '/v1/stream', '/page.css', '/feed', '/version', '/api/query', '/api/mutation', '/api/action'],
  ...['/talk', '/talk/', '/console/', '/console/sign-in', '/console/token', '/client.js'],
  ...['/healthz', '/readyz', '/metrics', '/v1/state', '/v1/events', '/v1/press', '/v1/cancel'],
  ...['/api/function', '/api/query_ts', '/api/1.0.0/sync', '/api/storage/upload', '/api/storage/10003_storage'],
];
const TARGETS = [
  ...['//[', 'http://[', 'http://x:99999/', 'https://[::1', 'http://', '*', '//', '/%', '/%zz', '/..', '/%00'],
  ...['/constructor', '/__proto__', '/api/storage/%E0%A4%A', '/api/storage/.', '/api//sync', '/api/\\/sync'],
  ...['http://127.0.0.1/health', 'http://a@127.0.0.1/health', 'ws://127.0.0.1/v1/stream', '/v1/stream?'],
];
/** Targets that Node's parser rejects by closing the connection. */
const BROKEN_TARGETS = ['?', '#', 'x:99', ' ', 'health', '\0', '/\x80', '/a b'];
const HOSTS = [
  '127.0.0.1',
  'localhost',
  '[::1]:80',
  'evil.example',
  '[',
  'a b',
  '',
  ':',
  '127.0.0.1:99999',
  'x'.repeat(300),
];
const ADDRESSES = ['203.0.113.7', '127.0.0.1', '::1', '[2001:db8::1]:4711', 'unknown', '1.2.3', ',', ',,, ', '%eth0'];
const TOKENS = ['Bearer x', 'Bearer', 'Bearer a b', `Bearer ${'t'.repeat(4_000)}`, 'Basic ===', '\t'];
const BODIES = [
  '{"path":"devices:list","args":{}}',
  '{"path":"pairing:request","args":[{"request":"r","code":"1","device":"d"}]}',
  `{"link":"${'A'.repeat(43)}"}`,
  ...['{"path":"turns:list"}', '{"path":{},"args":[]}', '{"path":"x","args":{"$bad":1}}', '[', 'null', '0', '""', ''],
  `${'['.repeat(5_000)}`,
  '{"path":"devices.js:list","args":{"__proto__":{"device":1},"device":{"$integer":"!"}}}',
];

/** A request after which the connection should still be usable: requests after it are read, too. */
export function politeRequest(random: Random): string {
  const method = random.pick(METHODS);
  const target = mutatedTarget(random);
  const headers = [`Host: ${random.next() < 0.9 ? random.pick(HOSTS.slice(0, 4)) : random.pick(HOSTS)}`];
  if (random.next() < 0.1) headers.push(`Origin: ${random.pick(['null', 'http://evil.example', 'http://127.0.0.1'])}`);
  if (random.next() < 0.2) headers.push(`X-Forwarded-For: ${random.pick(ADDRESSES)}, ${random.pick(ADDRESSES)}`);
  if (random.next() < 0.1) headers.push(`Forwarded: for=${random.pick(ADDRESSES)};by=${random.pick(ADDRESSES)}`);
  if (random.next() < 0.2) headers.push(`Authorization: ${random.pick(TOKENS)}`);
  if (random.next() < 0.1) headers.push(`X-${random.integer(0, 999)}: ${noise(random, 30, true)}`);
  if (method === 'GET' || method === 'HEAD') return `${method} ${target} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`;
  const body = random.pick(BODIES);
  headers.push(`Content-Length: ${Buffer.byteLength(body)}`, 'Content-Type: application/json');
  return `${method} ${target} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n${body}`;
}

/** A request after which the connection is unusable: bytes changed anywhere, a body of the wrong length. */
export function rudeRequest(random: Random): Buffer {
  const bytes = Buffer.from(politeRequest(random), 'latin1');
  switch (random.integer(0, 6)) {
    case 0:
      return bytes.subarray(0, random.integer(0, bytes.length));
    case 1:
      return Buffer.concat([Buffer.from(noise(random, 200, false), 'latin1'), bytes]);
    case 2:
      return Buffer.from(
        bytes.toString('latin1').replaceAll('\r\n', random.pick(['\n', '\r', '\r\n ', '\0'])),
        'latin1',
      );
    case 3:
      return Buffer.from(
        `POST /api/query HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: ${random.pick(['chunked', 'chunked, identity', 'x'])}\r\n` +
          `${random.pick(['', 'Content-Length: 5\r\n'])}\r\n${random.pick(['zz\r\n', 'fffffffffffffffff\r\n', '-1\r\n', '0\r\n\r\n', '5\r\nab'])}`,
      );
    case 4:
      return Buffer.from(
        `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n${'X-Long: y\r\n'.repeat(random.integer(1, 3_000))}\r\n`,
      );
    case 5:
      return Buffer.from(
        `GET ${random.pick([...TARGETS, ...BROKEN_TARGETS])} HTTP/${random.pick(['1.1', '0.9', '2.0', '1.1.1', ''])}\r\n\r\n`,
      );
    default:
      return withChangedBytes(random, bytes);
  }
}

export interface Handshake {
  path: string;
  protocols: readonly string[];
}

/** A WebSocket handshake, valid often enough that the frames after it are read. */
export function handshake(random: Random, { path, protocols }: Handshake): Buffer {
  const isWrong = random.next() < 0.3;
  const lines = [
    `GET ${isWrong ? mutatedTarget(random) : path} HTTP/1.1`,
    `Host: ${isWrong ? random.pick(HOSTS) : '127.0.0.1'}`,
    'Connection: Upgrade',
    `Upgrade: ${isWrong ? random.pick(['websocket', 'WebSocket', 'h2c', '']) : 'websocket'}`,
    `Sec-WebSocket-Version: ${isWrong ? random.pick(['13', '8', '0', '13, 8', 'x']) : 13}`,
    `Sec-WebSocket-Key: ${isWrong ? random.pick(['AAAAAAAAAAAAAAAAAAAAAA==', 'x', '', '=']) : 'AAAAAAAAAAAAAAAAAAAAAA=='}`,
  ];
  if (protocols.length > 0) lines.push(`Sec-WebSocket-Protocol: ${protocols.join(', ')}`);
  if (isWrong) lines.push(`Sec-WebSocket-Protocol: ${noise(random, 10, true)}`);
  if (random.next() < 0.1)
    lines.push(`Sec-WebSocket-Extensions: ${random.pick(['permessage-deflate', ';', '"', 'x; y=""'])}`);
  if (random.next() < 0.1) lines.push(`Authorization: ${random.pick(TOKENS)}`);
  const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return isWrong && random.next() < 0.3 ? withChangedBytes(random, bytes) : bytes;
}

/** A valid handshake. */
export function properHandshake(at: Handshake): Buffer {
  return handshake({ next: () => 0.99, integer: (min) => min, pick: (from) => from[0] as never }, at);
}

export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface Frame {
  opcode: number;
  payload: Buffer;
  isFinal?: boolean;
  /** RSV1 to RSV3. */
  reserved?: number;
  isMasked?: boolean;
  /** The length in the header. */
  length?: number | bigint;
}

export function frame({ opcode, payload, isFinal = true, reserved = 0, isMasked = true, length }: Frame): Buffer {
  const said = length ?? payload.length;
  const first = (isFinal ? 0x80 : 0) | (reserved << 4) | opcode;
  const mask = isMasked ? 0x80 : 0;
  const head =
    said > 65_535
      ? Buffer.concat([Buffer.from([first, mask | 127]), bigEndian64(BigInt(said))])
      : said > 125
        ? Buffer.from([first, mask | 126, Number(said) >> 8, Number(said) & 255])
        : Buffer.from([first, mask | Number(said)]);
  // A mask of zeros does not change the payload.
  return Buffer.concat([head, ...(isMasked ? [Buffer.alloc(4)] : []), payload]);
}

/** The bytes after the handshake: mostly complete frames with an error in them, and some that are not frames. */
export function frames(random: Random, messages: readonly string[]): Buffer {
  const made = Array.from({ length: random.integer(1, 12) }, () => mutatedFrame(random, messages));
  return Buffer.concat(made);
}

function mutatedFrame(random: Random, messages: readonly string[]): Buffer {
  const text = withChangedBytes(random, Buffer.from(random.pick(messages)), random.integer(0, 3));
  const payload = random.next() < 0.2 ? Buffer.from(noise(random, 300, false), 'latin1') : text;
  const opcode = random.next() < 0.9 ? random.pick([1, 1, 1, 2, 9, 10]) : random.integer(0, 15);
  switch (random.integer(0, 15)) {
    case 0:
      return frame({ opcode, payload, isMasked: false });
    case 1:
      return frame({ opcode, payload, reserved: random.integer(1, 7) });
    case 2:
      return frame({ opcode, payload, length: random.pick([65_537, 2 ** 31, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]) });
    case 3:
      return frame({ opcode: random.pick([8, 9, 10]), payload: Buffer.alloc(random.integer(126, 4_000)) });
    case 4:
      return frame({ opcode: OPCODES.close, payload: closePayload(random) });
    case 5:
      return fragmented(random, payload, random.integer(1, 600));
    case 6:
      return withChangedBytes(random, frame({ opcode, payload }));
    case 7:
      return frame({ opcode: OPCODES.continuation, payload });
    case 8:
      return frame({ opcode: random.pick([9, 10]), payload: payload.subarray(0, 100), isFinal: false });
    case 9:
      return frame({ opcode, payload: Buffer.alloc(random.integer(0, 70_000), 0x20) });
    default:
      return frame({ opcode, payload: opcode > 7 ? payload.subarray(0, 125) : payload });
  }
}

function fragmented(random: Random, payload: Buffer, pieces: number): Buffer {
  const size = Math.ceil(payload.length / pieces);
  const parts = Array.from({ length: pieces }, (_, i) =>
    frame({
      opcode: i === 0 ? random.pick([1, 2]) : OPCODES.continuation,
      payload: payload.subarray(i * size, (i + 1) * size),
      isFinal: i === pieces - 1 && random.next() < 0.9,
    }),
  );
  return Buffer.concat(parts);
}

function closePayload(random: Random): Buffer {
  const code = Buffer.alloc(2);
  code.writeUInt16BE(random.pick([0, 999, 1_000, 1_004, 1_005, 1_006, 1_015, 2_999, 4_000, 65_535]));
  return random.pick([Buffer.alloc(0), Buffer.alloc(1), code, Buffer.concat([code, Buffer.from([0xff, 0xfe])])]);
}

function mutatedTarget(random: Random): string {
  const kind = random.next();
  if (kind < 0.3) return random.pick(TARGETS);
  const path = random.pick(PATHS);
  if (kind < 0.7) return path;
  if (kind < 0.8) return `${path}?${noise(random, 20, true)}`;
  const at = random.integer(1, path.length);
  return path.slice(0, at) + noise(random, 6, true) + path.slice(random.integer(at, path.length));
}

function withChangedBytes(random: Random, bytes: Buffer, changes = random.integer(1, 4)): Buffer {
  const changed = Buffer.from(bytes);
  for (let i = 0; i < changes && changed.length > 0; i++) {
    changed[random.integer(0, changed.length - 1)] = random.integer(0, 255);
  }
  return changed;
}

/** Random characters; printable ones without a space keep the syntax of a request valid. */
function noise(random: Random, maxLength: number, isPrintable: boolean): string {
  const [first, last] = isPrintable ? [0x21, 0x7e] : [0, 255];
  const codes = Array.from({ length: random.integer(1, maxLength) }, () => random.integer(first, last));
  return String.fromCharCode(...codes);
}

function bigEndian64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, value));
  return bytes;
}
