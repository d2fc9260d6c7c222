/**
 * The samples of an answer that should be PCM: 24 kHz, mono, 16 bit, little-endian, without a header. Many compatible
 * servers send a WAV file instead, of any rate; some send compressed audio or an error as text.
 */
import { EarshotError } from '../../../src/core/errors.ts';
import { toS16 } from '../../sound/s16.ts';
import { findSound, type WavLayout } from '../../sound/wav-chunks.ts';
import { mixed, readFormat, type SampleFormat } from '../../sound/wav-format.ts';
import { badAnswer } from '../parts/errors.ts';
import type { Pcm } from '../parts/synthesizer.ts';

/** Of `response_format: pcm` (platform.openai.com/docs/guides/text-to-speech). */
export const PCM_RATE_HZ = 24_000;
/** A header of a WAV file with metadata. */
const MAX_HEADER_BYTES = 65_536;

interface PcmStreamOptions {
  /** For errors. */
  provider: string;
  contentType: string;
}

/** @throws AssistantError `assistant_bad_answer` */
export async function* pcmStream(
  chunks: AsyncIterable<Uint8Array>,
  { provider, contentType }: PcmStreamOptions,
): AsyncGenerator<Pcm> {
  if (/^(text\/|application\/json)/.test(contentType)) throw badAnswer(provider, `it is ${contentType}, not audio`);
  let bytes: Buffer = Buffer.alloc(0);
  let encoding: Encoding | undefined;
  let left = Number.POSITIVE_INFINITY;
  for await (const chunk of chunks) {
    bytes = Buffer.concat([bytes, chunk]);
    if (!encoding) {
      const found = beginning(bytes, provider, contentType);
      if (!found) continue;
      ({ encoding } = found);
      left = found.end - found.start;
      bytes = bytes.subarray(found.start);
    }
    const whole = Math.min(bytes.length - (bytes.length % encoding.frameBytes), left);
    if (whole === 0) continue;
    yield { samples: encoding.read(bytes.subarray(0, whole)), sampleRateHz: encoding.sampleRateHz };
    left -= whole;
    bytes = bytes.subarray(whole);
  }
  if (!encoding && bytes.length > 0) throw badAnswer(provider, 'it ends before its audio begins');
}

interface Encoding {
  sampleRateHz: number;
  frameBytes: number;
  read(bytes: Buffer): Int16Array;
}

const PCM: Encoding = {
  sampleRateHz: PCM_RATE_HZ,
  frameBytes: 2,
  read(bytes) {
    // A copy, because the bytes may begin at an odd address.
    const samples = new Int16Array(bytes.length / 2);
    new Uint8Array(samples.buffer).set(bytes);
    return samples;
  },
};

/** Where the samples begin and end; undefined: not known yet. */
function beginning(bytes: Buffer, provider: string, contentType: string) {
  if (bytes.length < 4) return undefined;
  if (!/^(RIFF|RIFX|RF64|BW64)$/.test(bytes.toString('latin1', 0, 4))) {
    const other = compression(bytes, contentType);
    if (other) throw badAnswer(provider, `its audio is ${other}, not PCM or WAV`);
    return { encoding: PCM, start: 0, end: Number.POSITIVE_INFINITY };
  }
  const found = findSound(bytes, false);
  if ('reason' in found) throw badAnswer(provider, `its WAV file is damaged: ${found.reason}`);
  if ('layout' in found) {
    const { dataStart: start, dataEnd: end } = found.layout;
    return { encoding: wavEncoding(found.layout, provider), start, end };
  }
  if (bytes.length > MAX_HEADER_BYTES) throw badAnswer(provider, 'its WAV file has no samples');
  return undefined;
}

function wavEncoding(layout: WavLayout, provider: string): Encoding {
  const format = formatOf(layout, provider);
  const frameBytes = format.channels * format.bytesPerSample;
  return {
    sampleRateHz: format.sampleRateHz,
    frameBytes,
    read(bytes) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      return toS16(mixed(format, view, 0, bytes.length / frameBytes));
    },
  };
}

function formatOf(layout: WavLayout, provider: string): SampleFormat {
  try {
    return readFormat(layout, 'the answer');
  } catch (cause) {
    if (cause instanceof EarshotError) throw badAnswer(provider, 'its WAV file has an unknown encoding', { cause });
    throw cause;
  }
}

/** What it is, by its first bytes. Those of MP3 may also be samples. */
function compression(bytes: Buffer, contentType: string): string | undefined {
  const magic = bytes.toString('latin1', 0, 4);
  if (magic === 'OggS') return 'Ogg';
  if (magic === 'fLaC') return 'FLAC';
  if (magic.startsWith('ID3') || /^audio\/(mpeg|mp3|aac|ogg|opus|flac|webm)/.test(contentType)) {
    return contentType.startsWith('audio/') ? contentType : 'MP3';
  }
  return /^\s*[{<]/.test(magic) && /^\s*(\{\s*"|<[!?a-z])/i.test(bytes.toString('latin1', 0, 64)) ? 'text' : undefined;
}
