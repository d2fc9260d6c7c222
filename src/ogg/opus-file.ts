/**
 * Ogg Opus files (RFC 7845): the frames of an utterance as a file that any player plays, and back. Pure.
 */
import { EarshotError } from '../errors.ts';
import { CHANNELS, FRAME_MS, SAMPLE_RATE_HZ } from '../protocol/format.ts';
import { encodePage, joined, readPages, segmentsOf } from './page.ts';

/** Opus counts in 48 kHz, whatever the sample rate of the encoder was. */
const GRANULES_PER_MS = 48;
const GRANULES_PER_FRAME = FRAME_MS * GRANULES_PER_MS;
/** What the encoder adds in front: 2.5 ms of overlap and 4 ms of delay compensation (OPUS_GET_LOOKAHEAD is 104 at 16 kHz). */
export const PRE_SKIP = 6.5 * GRANULES_PER_MS;
/** A second of sound in a page: little overhead, and quick to seek in. */
const FRAMES_PER_PAGE = 50;
const MAX_SEGMENTS = 255;
const VENDOR = 'earshot';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface OpusFileOptions {
  /** 20 ms frames, in order. */
  frames: readonly Uint8Array[];
  /** Number of the stream within a file; fixed by default, so that the same frames give the same bytes. */
  serial?: number;
  /** What the file says of itself: `TITLE=…`. */
  comments?: readonly string[];
}

export function encodeOpusFile({ frames, serial = 0x0ea5_0001, comments = [] }: OpusFileOptions): Uint8Array {
  const pages = [
    encodePage({ first: true, last: false, granule: 0n, serial, sequence: 0, packets: [head()] }),
    encodePage({
      first: false,
      last: frames.length === 0,
      granule: 0n,
      serial,
      sequence: 1,
      packets: [tags(comments)],
    }),
  ];
  let written = 0;
  while (written < frames.length) {
    const packets = nextPage(frames, written);
    written += packets.length;
    const granule = BigInt(written * GRANULES_PER_FRAME);
    const last = written === frames.length;
    pages.push(encodePage({ first: false, last, granule, serial, sequence: pages.length, packets }));
  }
  return joined(pages);
}

/** As many frames as make a second, or fill a page. */
function nextPage(frames: readonly Uint8Array[], from: number): Uint8Array[] {
  const packets: Uint8Array[] = [];
  let segments = 0;
  for (const frame of frames.slice(from, from + FRAMES_PER_PAGE)) {
    segments += segmentsOf(frame.length);
    if (segments > MAX_SEGMENTS) break;
    packets.push(frame);
  }
  return packets;
}

/** RFC 7845 §5.1. */
function head(): Uint8Array {
  const bytes = new Uint8Array(19);
  const view = new DataView(bytes.buffer);
  bytes.set(encoder.encode('OpusHead'), 0);
  bytes[8] = 1; // version
  bytes[9] = CHANNELS;
  view.setUint16(10, PRE_SKIP, true);
  view.setUint32(12, SAMPLE_RATE_HZ, true);
  return bytes; // gain 0, mapping family 0
}

/** RFC 7845 §5.2. */
function tags(comments: readonly string[]): Uint8Array {
  const texts = comments.map((comment) => encoder.encode(comment));
  return joined([
    encoder.encode('OpusTags'),
    ...counted(encoder.encode(VENDOR)),
    uint32(texts.length),
    ...texts.flatMap(counted),
  ]);
}

function counted(bytes: Uint8Array): Uint8Array[] {
  return [uint32(bytes.length), bytes];
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

export interface OpusFile {
  channels: number;
  preSkip: number;
  /** Of what was encoded; Opus itself is decoded at any rate. */
  sampleRateHz: number;
  comments: string[];
  packets: Uint8Array[];
  /** From the pre-skip to the end. */
  durationMs: number;
}

/** @throws EarshotError `opus_file_invalid` */
export function decodeOpusFile(bytes: Uint8Array): OpusFile {
  const read = readPages(bytes);
  if (!read.ok) throw invalid(read.reason);
  const [first, second, ...packets] = read.packets;
  if (!first || !second || !startsWith(first, 'OpusHead') || first.length < 19) throw invalid('no OpusHead');
  if (!startsWith(second, 'OpusTags')) throw invalid('no OpusTags');
  const view = new DataView(first.buffer, first.byteOffset, first.byteLength);
  const preSkip = view.getUint16(10, true);
  return {
    channels: view.getUint8(9),
    preSkip,
    sampleRateHz: view.getUint32(12, true),
    comments: readComments(second),
    packets,
    durationMs: Math.max(0, Number(read.granule) - preSkip) / GRANULES_PER_MS,
  };
}

function readComments(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const comments: string[] = [];
  try {
    let at = 8 + 4 + view.getUint32(8, true);
    const count = view.getUint32(at, true);
    at += 4;
    for (let i = 0; i < count; i++) {
      const length = view.getUint32(at, true);
      if (at + 4 + length > bytes.length) throw new RangeError('a comment is cut off');
      comments.push(decoder.decode(bytes.subarray(at + 4, at + 4 + length)));
      at += 4 + length;
    }
  } catch (cause) {
    if (cause instanceof RangeError) throw invalid('the comments are cut off');
    throw cause;
  }
  return comments;
}

function startsWith(bytes: Uint8Array, magic: string): boolean {
  return decoder.decode(bytes.subarray(0, magic.length)) === magic;
}

function invalid(reason: string): EarshotError {
  return new EarshotError('opus_file_invalid', `This is no Ogg Opus file: ${reason}`, 'Was it cut off or changed?');
}
