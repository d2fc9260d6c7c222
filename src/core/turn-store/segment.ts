/**
 * The file format of a stored turn: append-only, each record with its own checksum. After a power cut, on a full disk
 * or with a flipped bit, the intact records are found and all others are rejected.
 *
 *     record:  marker 0xE5 0x54 · kind (1) · length (4, big-endian) · CRC-32 of kind, length and body (4) · body
 *     kind 1   meta: JSON, first in the file
 *     kind 2   packet: as on the wire (docs/protocol.md)
 *
 * Pure.
 */
import { crc32 } from './crc32.ts';

const MARKER = [0xe5, 0x54] as const;
const HEADER_BYTES = 11;
/** Kind and length. */
const CHECKED_HEAD_BYTES = 5;
/** The longest record. A larger length means damage. */
const MAX_BODY_BYTES = 64 * 1_024;

export const RECORD_META = 1;
export const RECORD_PACKET = 2;

export interface SegmentRecord {
  kind: number;
  body: Uint8Array;
}

export function encodeRecord(record: SegmentRecord): Uint8Array {
  const bytes = new Uint8Array(recordBytes(record.body.length));
  writeRecord(bytes, record);
  return bytes;
}

/** Length of a record with a body of this length. */
export function recordBytes(bodyBytes: number): number {
  return HEADER_BYTES + bodyBytes;
}

/** @param target has exactly the length of the record */
export function writeRecord(target: Uint8Array, { kind, body }: SegmentRecord): void {
  if (body.length > MAX_BODY_BYTES) throw new RangeError(`a record contains up to ${MAX_BODY_BYTES} bytes`);
  target.set(body, HEADER_BYTES);
  // The bytes of the checksum are temporarily contiguous: this needs one call for each packet, and no object.
  const together = HEADER_BYTES - CHECKED_HEAD_BYTES;
  target[together] = kind;
  writeUint32(target, together + 1, body.length);
  const checksum = crc32(target, 0, together);
  target[0] = MARKER[0];
  target[1] = MARKER[1];
  target[2] = kind;
  writeUint32(target, 3, body.length);
  writeUint32(target, 7, checksum);
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

export interface ReadSegment {
  records: SegmentRecord[];
  /** Bytes that belong to no complete record: damaged, or truncated at the end. */
  damagedBytes: number;
}

/** All complete records of a file, in order. Never throws. */
export function readSegment(bytes: Uint8Array): ReadSegment {
  const records: SegmentRecord[] = [];
  let damagedBytes = 0;
  let at = 0;
  while (at < bytes.length) {
    const record = recordAt(bytes, at);
    if (record) {
      records.push(record);
      at += recordBytes(record.body.length);
    } else {
      damagedBytes += 1;
      at += 1;
    }
  }
  return { records, damagedBytes };
}

/** The complete record at this position, if there is one. */
export function recordAt(bytes: Uint8Array, at: number): SegmentRecord | undefined {
  if (bytes[at] !== MARKER[0] || bytes[at + 1] !== MARKER[1] || at + HEADER_BYTES > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(at + 3);
  const bodyAt = at + HEADER_BYTES;
  if (length > MAX_BODY_BYTES || bodyAt + length > bytes.length) return undefined;
  const body = bytes.subarray(bodyAt, bodyAt + length);
  if (view.getUint32(at + 7) !== checksum(bytes.subarray(at + 2, at + 7), body)) return undefined;
  return { kind: bytes[at + 2] ?? 0, body };
}

function checksum(head: Uint8Array, body: Uint8Array): number {
  return crc32(body, crc32(head));
}
