/**
 * Finds the samples in a WAV file: RIFF and RIFX (big-endian), and the two with 64-bit sizes, RF64 (EBU Tech 3306) and
 * BW64 (ITU-R BS.2088). Pure; works on a file and on the beginning of a stream.
 *
 * The sizes in a file are not reliable. RF64 and BW64 write all ones and put the real sizes into a chunk `ds64`. A
 * recorder that was killed, or that wrote to a pipe, leaves a data size of 0 or all ones, or one that is too large.
 * Then the size of the whole file, in its first header, determines the end of the samples; if it is not known either,
 * they continue to the end of the file.
 */

export interface WavLayout {
  littleEndian: boolean;
  /** The chunk `fmt `, with its header. */
  format: Uint8Array;
  /** Offsets of the samples. `dataEnd` is infinite for a stream of unknown length. */
  dataStart: number;
  dataEnd: number;
}

/** `needsMore`: valid so far, but the samples have not begun. `reason`: for people, after "…: ". */
export type LayoutResult = { layout: WavLayout } | { needsMore: true } | { reason: string };

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
/** "See ds64", and in a stream "not known yet". */
const ALL_ONES = 0xffff_ffff;

/** @param isWhole whether these are all bytes of the file */
export function findSound(bytes: Uint8Array, isWhole: boolean): LayoutResult {
  if (bytes.length === 0 && isWhole) return { reason: 'it is empty' };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = textAt(bytes, 0);
  if (!'RIFF RIFX RF64 BW64'.split(' ').some((each) => each.startsWith(magic))) return { reason: NOT_ONE };
  if (bytes.length < RIFF_HEADER_BYTES) return isWhole ? { reason: NOT_ONE } : { needsMore: true };
  if (textAt(bytes, 8) !== 'WAVE') return { reason: NOT_ONE };
  const littleEndian = magic !== 'RIFX';
  let sizes: LargeSizes | undefined;
  let format: Uint8Array | undefined;
  let at = RIFF_HEADER_BYTES;
  while (at + CHUNK_HEADER_BYTES <= bytes.length) {
    const id = textAt(bytes, at);
    const start = at + CHUNK_HEADER_BYTES;
    const size = trueSize(view.getUint32(at + 4, littleEndian), sizes?.chunks.get(id));
    if (id === 'data') {
      if (!format) return { reason: 'it has no format chunk' };
      const riffSize = trueSize(view.getUint32(4, littleEndian), sizes?.riff);
      const end = endOfSound({ bytes, start, size, riffSize, littleEndian, isWhole });
      return end === undefined
        ? { needsMore: true }
        : { layout: { littleEndian, format, dataStart: start, dataEnd: end } };
    }
    if (id === 'fmt ' || id === 'ds64') {
      if (start + size > bytes.length && !isWhole) return { needsMore: true };
      if (id === 'fmt ') format = bytes.subarray(at, start + size);
      else sizes = largeSizes(bytes.subarray(start, start + size));
    }
    at = start + size + (size % 2);
  }
  return isWhole ? { reason: NO_SOUND } : { needsMore: true };
}

/** `large` is the size from `ds64`, if there is one. */
function trueSize(short: number, large: number | undefined): number {
  return large !== undefined && (short === ALL_ONES || isKnown(large)) ? large : short;
}

export const NO_SOUND = 'it contains no samples';
const NOT_ONE = 'it does not begin like a WAV file';

interface SoundSizes {
  bytes: Uint8Array;
  start: number;
  size: number;
  riffSize: number;
  littleEndian: boolean;
  isWhole: boolean;
}

/** Undefined when it takes more bytes to tell. */
function endOfSound({ bytes, start, size, riffSize, littleEndian, isWhole }: SoundSizes): number | undefined {
  const length = isWhole ? bytes.length : Number.POSITIVE_INFINITY;
  if (isKnown(size) && start + size <= length) return start + size;
  const riffEnd = riffSize + CHUNK_HEADER_BYTES;
  const isRiffKnown = isKnown(riffSize) && riffEnd > start;
  const end = isRiffKnown ? riffEnd : length;
  if (size === 0 && Number.isFinite(end)) {
    const header = bytes.subarray(start, start + CHUNK_HEADER_BYTES);
    if (header.length < CHUNK_HEADER_BYTES && !isWhole) return undefined;
    // Really empty: metadata follows.
    if (isChunkHeader(header, end - start - CHUNK_HEADER_BYTES, littleEndian)) return start;
  }
  return Math.min(end, length);
}

/** 0 and all ones, of 32 or 64 bits: written by a recorder that does not know the size yet. */
function isKnown(size: number): boolean {
  return size !== 0 && size !== ALL_ONES && size <= Number.MAX_SAFE_INTEGER;
}

/** Four printable characters, and a size that fits. About one in 100,000 samples looks like this by chance. */
function isChunkHeader(header: Uint8Array, room: number, littleEndian: boolean): boolean {
  if (header.length < CHUNK_HEADER_BYTES || !/^[ -~]{4}$/.test(textAt(header, 0))) return false;
  return new DataView(header.buffer, header.byteOffset).getUint32(4, littleEndian) <= room;
}

interface LargeSizes {
  riff: number;
  /** Sizes that do not fit into 32 bits. */
  chunks: Map<string, number>;
}

/** EBU Tech 3306: sizes of the file and of `data`, the number of samples, and a table for other chunks. Always little-endian. */
function largeSizes(body: Uint8Array): LargeSizes {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const size = (at: number) => (at + 8 <= body.length ? Number(view.getBigUint64(at, true)) : ALL_ONES);
  const chunks = new Map([['data', size(8)]]);
  const TABLE_AT = 28;
  const ENTRY_BYTES = 12;
  for (let at = TABLE_AT; at + ENTRY_BYTES <= body.length; at += ENTRY_BYTES) {
    const id = textAt(body, at);
    if (!chunks.has(id)) chunks.set(id, size(at + 4));
  }
  return { riff: size(0), chunks };
}

function textAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
