/**
 * The audio packet: the content of a binary WebSocket message. Layout in docs/protocol.md, "Audio packet".
 *
 * Decoding never throws: it returns a packet or a {@link PacketError}.
 */

export const PACKET_VERSION = 1;
export const PACKET_KIND_AUDIO = 1;
export const PACKET_HEADER_BYTES = 13;
/** Most frames in one packet. */
export const MAX_FRAMES_PER_PACKET = 6;
/** Longest Opus frame (RFC 6716 §3.4, R2), and longest length that the code of appendix B can express. */
export const MAX_FRAME_BYTES = 1_275;

export const FLAG_FINAL = 1;
export const FLAG_DISCONTINUITY = 2;
export const FLAG_PCM = 4;
const KNOWN_FLAGS = FLAG_FINAL | FLAG_DISCONTINUITY | FLAG_PCM;

/** A decoded audio packet. */
export interface AudioPacket {
  /** Last packet of this direction of the turn. Then `sequence + frames.length` is the number of frames sent. */
  final: boolean;
  /** The sender left frames out before this packet. The receiver must not conceal this gap. */
  discontinuity: boolean;
  /** Frames are s16le samples, not Opus. */
  pcm: boolean;
  /** Low 16 bits of the turn's number in its session. */
  turn: number;
  /** Number of the first frame, counted in frames from 0 in each direction of each turn; 32 bits. */
  sequence: number;
  /** Time of the first frame in samples at 16 kHz; 32 bits, wraps. */
  timestamp: number;
  /** 1 to 6 frames of 1 to 1,275 bytes; no frames in the empty FINAL marker only. */
  frames: Uint8Array[];
}

export type PacketErrorCode =
  | 'packet_too_short'
  | 'packet_version'
  | 'packet_kind'
  | 'packet_flags'
  | 'packet_frame_count'
  | 'packet_frame_length'
  | 'packet_trailing_bytes';

export interface PacketError {
  code: PacketErrorCode;
  message: string;
  /** Position of the error in the bytes. */
  offset: number;
}

/** A decoded packet, or the error. */
export type DecodedPacket = { ok: true; packet: AudioPacket } | { ok: false; error: PacketError };

/** Size of a frame's length in bytes: RFC 6716 appendix B, one byte below 252, two from there. */
function lengthBytes(frameBytes: number): number {
  return frameBytes < 252 ? 1 : 2;
}

/** Size of the packet on the wire, in bytes. */
export function packetBytes(frames: readonly Uint8Array[]): number {
  let size = PACKET_HEADER_BYTES;
  for (const frame of frames) size += lengthBytes(frame.length) + frame.length;
  return size;
}

/** Encodes a packet into a new ArrayBuffer, which can be transferred to another thread. */
export function encodePacket(packet: AudioPacket): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(new ArrayBuffer(packetBytes(packet.frames)));
  writePacket(bytes, packet);
  return bytes;
}

/**
 * @param bytes from `at` on, as many as the packet has ({@link packetBytes})
 * @throws RangeError for a frame count or frame length outside the limits: that is a programming error of the sender.
 */
export function writePacket(bytes: Uint8Array, packet: AudioPacket, at = 0): void {
  const { frames } = packet;
  if (frames.length > MAX_FRAMES_PER_PACKET || (frames.length === 0 && !packet.final)) {
    throw new RangeError(
      `a packet holds 1 to ${MAX_FRAMES_PER_PACKET} frames (0 only with FINAL), not ${frames.length}`,
    );
  }
  bytes[at] = (PACKET_VERSION << 4) | PACKET_KIND_AUDIO;
  bytes[at + 1] =
    (packet.final ? FLAG_FINAL : 0) | (packet.discontinuity ? FLAG_DISCONTINUITY : 0) | (packet.pcm ? FLAG_PCM : 0);
  writeTurn(bytes, packet.turn, at);
  writeUint32(bytes, at + 4, packet.sequence);
  writeUint32(bytes, at + 8, packet.timestamp);
  bytes[at + 12] = frames.length;
  let offset = at + PACKET_HEADER_BYTES;
  for (const frame of frames) {
    offset = writeLength(bytes, offset, frame.length);
    bytes.set(frame, offset);
    offset += frame.length;
  }
}

/** Overwrites the turn tag of the packet that begins at this position. */
export function writeTurn(bytes: Uint8Array, turn: number, at = 0): void {
  bytes[at + 2] = turn >>> 8;
  bytes[at + 3] = turn;
}

// Without a DataView, which would be one more object for each packet.
function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function readUint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function readUint32(bytes: Uint8Array, at: number): number {
  return ((readUint16(bytes, at) << 16) | readUint16(bytes, at + 2)) >>> 0;
}

function writeLength(bytes: Uint8Array, offset: number, length: number): number {
  if (length < 1 || length > MAX_FRAME_BYTES) {
    throw new RangeError(`a frame has 1 to ${MAX_FRAME_BYTES} bytes, not ${length}`);
  }
  if (length < 252) {
    bytes[offset] = length;
    return offset + 1;
  }
  const first = 252 + (length & 3);
  bytes[offset] = first;
  bytes[offset + 1] = (length - first) >> 2;
  return offset + 2;
}

// Fields of a valid packet, without decoding its frames.

export function sequenceOf(packet: Uint8Array): number {
  return readUint32(packet, 4);
}

export function timestampOf(packet: Uint8Array): number {
  return readUint32(packet, 8);
}

export function frameCountOf(packet: Uint8Array): number {
  return packet[12] ?? 0;
}

export function turnOf(packet: Uint8Array): number {
  return readUint16(packet, 2);
}

export function isFinal(packet: Uint8Array): boolean {
  return ((packet[1] ?? 0) & FLAG_FINAL) !== 0;
}

/** Decodes a packet. The frames are views into `bytes`, not copies. */
export function decodePacket(bytes: Uint8Array): DecodedPacket {
  const error = checkPacket(bytes);
  if (error) return { ok: false, error };
  const flags = bytes[1] ?? 0;
  const frames: Uint8Array[] = [];
  let offset = PACKET_HEADER_BYTES;
  for (let i = frameCountOf(bytes); i > 0; i--) {
    const first = bytes[offset] ?? 0;
    const start = offset + (first < 252 ? 1 : 2);
    offset = start + (first < 252 ? first : first + (bytes[offset + 1] ?? 0) * 4);
    frames.push(bytes.subarray(start, offset));
  }
  return {
    ok: true,
    packet: {
      final: isFinal(bytes),
      discontinuity: (flags & FLAG_DISCONTINUITY) !== 0,
      pcm: (flags & FLAG_PCM) !== 0,
      turn: turnOf(bytes),
      sequence: sequenceOf(bytes),
      timestamp: timestampOf(bytes),
      frames,
    },
  };
}

/** The error of a packet, or undefined. For code that only forwards the packet: allocates nothing. */
export function checkPacket(bytes: Uint8Array): PacketError | undefined {
  if (bytes.length < PACKET_HEADER_BYTES) {
    return bad('packet_too_short', bytes.length, `${bytes.length} bytes; the header alone has ${PACKET_HEADER_BYTES}`);
  }
  const head = bytes[0] ?? 0;
  if (head >> 4 !== PACKET_VERSION) {
    return bad('packet_version', 0, `packet version ${head >> 4}; this end speaks ${PACKET_VERSION}`);
  }
  if ((head & 15) !== PACKET_KIND_AUDIO)
    return bad('packet_kind', 0, `packet kind ${head & 15}; only audio (1) is known`);
  const flags = bytes[1] ?? 0;
  if (flags & ~KNOWN_FLAGS) return bad('packet_flags', 1, `unknown flag bits 0x${(flags & ~KNOWN_FLAGS).toString(16)}`);
  const count = frameCountOf(bytes);
  if (count > MAX_FRAMES_PER_PACKET || (count === 0 && !isFinal(bytes))) {
    return bad(
      'packet_frame_count',
      12,
      `${count} frames; allowed are 1 to ${MAX_FRAMES_PER_PACKET}, 0 only with FINAL`,
    );
  }
  let offset = PACKET_HEADER_BYTES;
  for (let i = 0; i < count; i++) {
    const first = bytes[offset];
    if (first === undefined) return bad('packet_frame_length', offset, `frame ${i} of ${count} is missing`);
    let length = first;
    let start = offset + 1;
    if (first >= 252) {
      const second = bytes[start];
      if (second === undefined) return bad('packet_frame_length', offset, `the length of frame ${i} is cut off`);
      length += second * 4;
      start += 1;
    }
    if (length === 0) return bad('packet_frame_length', offset, `frame ${i} is empty`);
    if (start + length > bytes.length) {
      return bad('packet_frame_length', offset, `frame ${i} claims ${length} bytes, ${bytes.length - start} are there`);
    }
    offset = start + length;
  }
  if (offset !== bytes.length) {
    return bad('packet_trailing_bytes', offset, `${bytes.length - offset} bytes after the last frame`);
  }
  return undefined;
}

function bad(code: PacketErrorCode, offset: number, message: string): PacketError {
  return { code, offset, message };
}

/** The tag that packets of a turn carry: the low 16 bits of its number. */
export function turnTagOf(turn: number): number {
  return turn & 0xffff;
}
