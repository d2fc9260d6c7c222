/**
 * Ogg Opus files (RFC 7845): the frames of an utterance as a file that any player plays, and back. Pure.
 */

import { CHANNELS, RECOMMENDED_FRAME_SIZE, SAMPLE_RATE_HZ, SAMPLES_PER_MS } from '../../protocol/format.ts';
import { EarshotError } from '../errors.ts';
import { encodePage, joined, readPages, segmentsOf } from './page.ts';

/** Opus counts in 48 kHz, whatever the sample rate of the encoder was (RFC 7845 §4). */
const GRANULES_PER_MS = 48;
const GRANULES_PER_SAMPLE = GRANULES_PER_MS / SAMPLES_PER_MS;
/**
 * Samples that the encoder adds at the beginning: 2.5 ms of overlap and 4 ms of delay compensation (OPUS_GET_LOOKAHEAD
 * is 104 at 16 kHz).
 */
export const PRE_SKIP = 6.5 * GRANULES_PER_MS;
/** One second of audio in a page: little overhead, and fast seeking. */
const PAGE_MS = 1_000;
const MAX_SEGMENTS = 255;
const VENDOR = 'earshot';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface OpusStreamOptions {
  /** Samples at 16 kHz in each frame; 320 (20 ms) by default. */
  frameSamples?: number;
  /** Number of the stream within a file; fixed by default, so that the same frames give the same bytes. */
  serial?: number;
  /** Comments of the file: `TITLE=…`. */
  comments?: readonly string[];
}

export interface OpusFileOptions extends OpusStreamOptions {
  /** In order, each of the same length. */
  frames: readonly Uint8Array[];
  /** The duration of the speech; see `finish`. */
  samples?: number;
}

/** A file that is being created: the returned bytes are to be written in order. */
export interface OpusStream {
  /** The two headers at the beginning of the file. */
  readonly head: Uint8Array;
  /**
   * Adds the next frame. Returns a page when the one before is full; the last frames wait for the end of the stream.
   */
  add(frame: Uint8Array): Uint8Array | undefined;
  /**
   * The last page. `samples` (at 16 kHz) cuts off the padding of the last frame and of the encoder's delay (RFC 7845
   * §4.4); without it everything is played.
   */
  finish(samples?: number): Uint8Array;
}

/** The frames for this many samples, plus those that the encoder adds before them. */
export function framesFor(samples: number, frameSamples: number = RECOMMENDED_FRAME_SIZE): number {
  return Math.ceil((samples + PRE_SKIP / GRANULES_PER_SAMPLE) / frameSamples);
}

export function encodeOpusFile({ frames, samples, ...options }: OpusFileOptions): Uint8Array {
  const stream = createOpusStream(options);
  const pages = [stream.head];
  for (const frame of frames) {
    const page = stream.add(frame);
    if (page) pages.push(page);
  }
  return joined([...pages, stream.finish(samples)]);
}

export function createOpusStream(options: OpusStreamOptions = {}): OpusStream {
  const { frameSamples = RECOMMENDED_FRAME_SIZE, serial = 0x0ea5_0001, comments = [] } = options;
  const framesPerPage = Math.max(1, Math.floor((PAGE_MS * SAMPLES_PER_MS) / frameSamples));
  let waiting: Uint8Array[] = [];
  let segments = 0;
  let frames = 0;
  let granule = 0;
  let sequence = 0;

  function page(packets: Uint8Array[], last: boolean): Uint8Array {
    const bytes = encodePage({ first: sequence === 0, last, granule: BigInt(granule), serial, sequence, packets });
    sequence += 1;
    return bytes;
  }

  /** A page ends before `end`, but not before the previous page: a position cannot decrease. */
  function flush(last: boolean, end = Number.POSITIVE_INFINITY): Uint8Array {
    granule = Math.max(granule, Math.min(end, frames * frameSamples * GRANULES_PER_SAMPLE));
    const bytes = page(waiting, last);
    waiting = [];
    segments = 0;
    return bytes;
  }

  return {
    head: joined([page([head()], false), page([tags(comments)], false)]),
    add(frame) {
      const more = segmentsOf(frame.length);
      const full = waiting.length === framesPerPage || segments + more > MAX_SEGMENTS;
      const finished = full ? flush(false) : undefined;
      waiting.push(frame);
      segments += more;
      frames += 1;
      return finished;
    },
    finish: (samples) => flush(true, samples === undefined ? undefined : PRE_SKIP + samples * GRANULES_PER_SAMPLE),
  };
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
  /** Of the encoder's input; Opus itself can be decoded at any rate. */
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
      if (at + 4 + length > bytes.length) throw new RangeError('a comment is truncated');
      comments.push(decoder.decode(bytes.subarray(at + 4, at + 4 + length)));
      at += 4 + length;
    }
  } catch (cause) {
    if (cause instanceof RangeError) throw invalid('the comments are truncated');
    throw cause;
  }
  return comments;
}

function startsWith(bytes: Uint8Array, magic: string): boolean {
  return decoder.decode(bytes.subarray(0, magic.length)) === magic;
}

function invalid(reason: string): EarshotError {
  return new EarshotError(
    'opus_file_invalid',
    `This is not an Ogg Opus file: ${reason}`,
    'It may be truncated or changed.',
  );
}
