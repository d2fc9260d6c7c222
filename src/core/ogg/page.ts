/**
 * The Ogg container (RFC 3533) for one logical stream: packets in pages with a granule position and a checksum. Pure.
 */
const CAPTURE = [0x4f, 0x67, 0x67, 0x53] as const; // "OggS"
const HEADER_BYTES = 27;
const CHECKSUM_AT = 22;
/** Segments of up to 255 bytes in a page; a packet takes one more than its whole 255s. */
const MAX_SEGMENTS = 255;

const FLAG_CONTINUED = 1;
const FLAG_FIRST = 2;
const FLAG_LAST = 4;

/** CRC-32 with polynomial 0x04c11db7, not reflected, starting at 0: not the one of zlib. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000_0000 ? (crc << 1) ^ 0x04c1_1db7 : crc << 1;
  return crc >>> 0;
});

export function oggCrc(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) ^ (CRC_TABLE[((crc >>> 24) ^ byte) & 0xff] ?? 0)) >>> 0;
  return crc;
}

/** Number of lacing segments of a packet. */
export function segmentsOf(packetBytes: number): number {
  return Math.floor(packetBytes / 255) + 1;
}

export interface OggPage {
  first: boolean;
  last: boolean;
  granule: bigint;
  serial: number;
  sequence: number;
  /** Complete packets. */
  packets: Uint8Array[];
}

/** @throws RangeError for more than a page can hold: a programming error of the caller. */
export function encodePage({ first, last, granule, serial, sequence, packets }: OggPage): Uint8Array {
  const lacing: number[] = [];
  for (const { length } of packets) {
    for (let i = 1; i < segmentsOf(length); i++) lacing.push(255);
    lacing.push(length % 255);
  }
  if (lacing.length > MAX_SEGMENTS) throw new RangeError(`a page holds ${MAX_SEGMENTS} segments, not ${lacing.length}`);
  const bodyBytes = packets.reduce((sum, { length }) => sum + length, 0);
  const page = new Uint8Array(HEADER_BYTES + lacing.length + bodyBytes);
  const view = new DataView(page.buffer);
  page.set(CAPTURE, 0);
  page[5] = (first ? FLAG_FIRST : 0) | (last ? FLAG_LAST : 0);
  view.setBigInt64(6, granule, true);
  view.setUint32(14, serial, true);
  view.setUint32(18, sequence, true);
  page[26] = lacing.length;
  page.set(lacing, HEADER_BYTES);
  let at = HEADER_BYTES + lacing.length;
  for (const packet of packets) {
    page.set(packet, at);
    at += packet.length;
  }
  view.setUint32(CHECKSUM_AT, oggCrc(page), true);
  return page;
}

export type ReadPages = { ok: true; packets: Uint8Array[]; granule: bigint } | { ok: false; reason: string };

/** All packets of a file with one stream, and the granule position of its end. */
export function readPages(bytes: Uint8Array): ReadPages {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packets: Uint8Array[] = [];
  let pieces: Uint8Array[] = [];
  let granule = 0n;
  let at = 0;
  while (at < bytes.length) {
    if (at + HEADER_BYTES > bytes.length) return bad(at, 'a page is truncated');
    if (CAPTURE.some((byte, i) => bytes[at + i] !== byte) || bytes[at + 4] !== 0) return bad(at, 'not an Ogg page');
    const segments = bytes[at + 26] ?? 0;
    const lacing = bytes.subarray(at + HEADER_BYTES, at + HEADER_BYTES + segments);
    const bodyAt = at + HEADER_BYTES + segments;
    const end = bodyAt + lacing.reduce((sum, length) => sum + length, 0);
    if (end > bytes.length) return bad(at, 'a page is truncated');
    // A copy: the `slice` of a Buffer does not copy.
    const page = new Uint8Array(bytes.subarray(at, end));
    page.fill(0, CHECKSUM_AT, CHECKSUM_AT + 4);
    if (oggCrc(page) !== view.getUint32(at + CHECKSUM_AT, true)) return bad(at, 'a page has a wrong checksum');
    if (((bytes[at + 5] ?? 0) & FLAG_CONTINUED) === 0) pieces = [];
    let from = bodyAt;
    for (const length of lacing) {
      pieces.push(bytes.subarray(from, from + length));
      from += length;
      if (length === 255) continue;
      packets.push(joined(pieces));
      pieces = [];
    }
    const position = view.getBigInt64(at + 6, true);
    if (position >= 0n) granule = position;
    at = end;
  }
  return { ok: true, packets, granule };
}

function bad(at: number, what: string): ReadPages {
  return { ok: false, reason: `${what} (at byte ${at})` };
}

export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
