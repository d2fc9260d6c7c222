/**
 * Reads WAV files of any rate, any number of channels and any common encoding as mono.
 *
 * `wavefile` reads the format and decodes G.711. Linear samples are converted here block by block, because wavefile
 * would make an 8-byte number of each 16-bit sample, all at once. (Its ADPCM decoder loses the last block of a file, so
 * that encoding is refused.)
 */
import { createRequire } from 'node:module';
import { EarshotError } from '../../src/core/errors.ts';
import { findSound, NO_SOUND, type WavLayout } from './wav-chunks.ts';

/** A recording, or a stream, that is read from its beginning to its end. */
export interface SampleSource {
  readonly sampleRateHz: number;
  /**
   * The next samples of each channel, at most this many, mixed to one channel. None: at the end, or not available yet.
   */
  read(maxFrames: number): Float32Array;
  /** Nothing follows. */
  readonly ended: boolean;
}

export interface Recording extends SampleSource {
  readonly channels: number;
  /** The largest sample of the encoding; 1 for floating point, which can be larger. */
  readonly fullScale: number;
  /** Samples of each channel. */
  readonly frames: number;
  /** Like `read`, but each channel separately. */
  readChannels(maxFrames: number): Float32Array[];
}

/** The encoding of the samples in a file. */
export interface SampleFormat {
  sampleRateHz: number;
  channels: number;
  fullScale: number;
  bytesPerSample: number;
  /** The sample at this position, from −1 to 1. */
  sample(view: DataView, offset: number): number;
}

/** The rates that libsamplerate can convert to 16 kHz; the lower limit has a margin. */
const MIN_SAMPLE_RATE_HZ = 1_000;
const MAX_SAMPLE_RATE_HZ = 192_000;
const MAX_CHANNELS = 64;

/** Format tags of mmreg.h. */
const WAVE_FORMAT_PCM = 0x0001;
const WAVE_FORMAT_IEEE_FLOAT = 0x0003;
const WAVE_FORMAT_ALAW = 0x0006;
const WAVE_FORMAT_MULAW = 0x0007;
const WAVE_FORMAT_EXTENSIBLE = 0xfffe;

/** The largest samples of G.711, in 16 bit. */
const ALAW_MAX = 32_256;
const MULAW_MAX = 32_124;

interface WaveFile {
  fmt: {
    audioFormat: number;
    numChannels: number;
    sampleRate: number;
    bitsPerSample: number;
    /** In WAVE_FORMAT_EXTENSIBLE the low half of the first word is the format tag. */
    subformat: number[];
  };
  data: { samples: Uint8Array };
  fromBuffer(bytes: Uint8Array): void;
  fromALaw(): void;
  fromMuLaw(): void;
}

/** @throws EarshotError `wav_invalid`. `name` is the file's, for people. */
export function parseWav(bytes: Uint8Array, name: string): Recording {
  const found = findSound(bytes, true);
  if (!('layout' in found)) throw invalid(name, 'reason' in found ? found.reason : NO_SOUND);
  const { dataStart, dataEnd } = found.layout;
  const format = readFormat(found.layout, name);
  const frameBytes = format.channels * format.bytesPerSample;
  const frames = Math.floor((dataEnd - dataStart) / frameBytes);
  if (frames === 0) throw invalid(name, NO_SOUND);
  const view = new DataView(bytes.buffer, bytes.byteOffset + dataStart, frames * frameBytes);

  let frame = 0;
  const take = (maxFrames: number) => {
    const first = frame;
    frame = Math.min(frames, frame + maxFrames);
    return { offset: first * frameBytes, length: frame - first };
  };
  return {
    sampleRateHz: format.sampleRateHz,
    channels: format.channels,
    fullScale: format.fullScale,
    frames,
    get ended() {
      return frame === frames;
    },
    readChannels(maxFrames) {
      const { offset, length } = take(maxFrames);
      return Array.from({ length: format.channels }, (_, channel) =>
        Float32Array.from({ length }, (_, i) =>
          format.sample(view, offset + i * frameBytes + channel * format.bytesPerSample),
        ),
      );
    },
    read(maxFrames) {
      const { offset, length } = take(maxFrames);
      return mixed(format, view, offset, length);
    },
  };
}

/** This many frames from there, as one channel: the mean of all, so that nothing clips. */
export function mixed(format: SampleFormat, view: DataView, offset: number, frames: number): Float32Array {
  const { channels, bytesPerSample, sample } = format;
  const mono = new Float32Array(frames);
  let at = offset;
  for (let i = 0; i < frames; i++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++, at += bytesPerSample) sum += sample(view, at);
    mono[i] = sum / channels;
  }
  return mono;
}

/** @throws EarshotError `wav_invalid` */
export function readFormat(layout: WavLayout, name: string): SampleFormat {
  const { fmt } = readWave(layout, new Uint8Array(0), name);
  const { numChannels: channels, sampleRate: sampleRateHz, bitsPerSample: bits } = fmt;
  if (channels < 1 || channels > MAX_CHANNELS) throw invalid(name, `its header says ${channels} channels`);
  if (sampleRateHz < MIN_SAMPLE_RATE_HZ || sampleRateHz > MAX_SAMPLE_RATE_HZ) {
    throw invalid(name, `a sample rate of ${sampleRateHz} Hz is not supported`);
  }
  const tag = fmt.audioFormat === WAVE_FORMAT_EXTENSIBLE ? (fmt.subformat[0] ?? 0) & 0xffff : fmt.audioFormat;
  const encoding = encodingOf(tag, bits, layout, name);
  if (!encoding) throw invalid(name, `its encoding (format ${tag}, ${bits} bit) is not supported`);
  return { sampleRateHz, channels, ...encoding };
}

type Encoding = Pick<SampleFormat, 'bytesPerSample' | 'fullScale' | 'sample'>;

function encodingOf(tag: number, bits: number, layout: WavLayout, name: string): Encoding | undefined {
  switch (tag) {
    case WAVE_FORMAT_PCM: {
      // Bit depths that are not whole bytes are left-justified in the next whole number of bytes.
      const bytesPerSample = Math.ceil(bits / 8);
      const sample = integerSample(bytesPerSample, layout.littleEndian);
      return sample && { bytesPerSample, fullScale: 1 - 2 ** (1 - bits), sample };
    }
    case WAVE_FORMAT_IEEE_FLOAT:
      return floatEncoding(bits, layout.littleEndian);
    case WAVE_FORMAT_ALAW:
      return packed(layout, 'fromALaw', ALAW_MAX, name);
    case WAVE_FORMAT_MULAW:
      return packed(layout, 'fromMuLaw', MULAW_MAX, name);
    default:
      return undefined;
  }
}

function integerSample(bytesPerSample: number, littleEndian: boolean): SampleFormat['sample'] | undefined {
  switch (bytesPerSample) {
    case 1:
      return (view, at) => view.getUint8(at) / 128 - 1;
    case 2:
      return (view, at) => view.getInt16(at, littleEndian) / 2 ** 15;
    case 3: {
      const [low, high] = littleEndian ? [0, 1] : [2, 0];
      return (view, at) => (view.getInt16(at + high, littleEndian) * 256 + view.getUint8(at + low)) / 2 ** 23;
    }
    case 4:
      return (view, at) => view.getInt32(at, littleEndian) / 2 ** 31;
    default:
      return undefined;
  }
}

function floatEncoding(bits: number, littleEndian: boolean): Encoding | undefined {
  if (bits !== 32 && bits !== 64) return undefined;
  const read =
    bits === 32
      ? (view: DataView, at: number) => view.getFloat32(at, littleEndian)
      : (view: DataView, at: number) => view.getFloat64(at, littleEndian);
  return { bytesPerSample: bits / 8, fullScale: 1, sample: (view, at) => clipped(read(view, at)) };
}

/** Floating point samples can have any value; NaN becomes silence. */
function clipped(value: number): number {
  return Number.isNaN(value) ? 0 : Math.min(Math.max(value, -1), 1);
}

/** G.711 has 256 values: wavefile decodes each once, to 16 bit in the byte order of the file. */
function packed(layout: WavLayout, method: 'fromALaw' | 'fromMuLaw', largest: number, name: string): Encoding {
  const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
  const wav = readWave(layout, codes, name);
  try {
    wav[method]();
  } catch (cause) {
    throw invalid(name, 'its compressed samples cannot be decoded', cause);
  }
  const { samples } = wav.data;
  const view = new DataView(samples.buffer, samples.byteOffset, samples.byteLength);
  const values = Float32Array.from(codes, (code) => view.getInt16(code * 2, layout.littleEndian) / 2 ** 15);
  return { bytesPerSample: 1, fullScale: largest / 2 ** 15, sample: (of, at) => values[of.getUint8(at)] ?? 0 };
}

/** Passes wavefile a file with the format and these samples only. */
function readWave({ littleEndian, format }: WavLayout, samples: Uint8Array, name: string): WaveFile {
  const { WaveFile } = createRequire(import.meta.url)('wavefile') as { WaveFile: new () => WaveFile };
  const head = Buffer.from(`${littleEndian ? 'RIFF' : 'RIFX'}\0\0\0\0WAVE`, 'latin1');
  const dataHeader = Buffer.from('data\0\0\0\0', 'latin1');
  if (littleEndian) dataHeader.writeUInt32LE(samples.length, 4);
  else dataHeader.writeUInt32BE(samples.length, 4);
  const wav = new WaveFile();
  try {
    wav.fromBuffer(Buffer.concat([head, format, new Uint8Array(format.length % 2), dataHeader, samples]));
  } catch (cause) {
    throw invalid(name, 'its header is damaged', cause);
  }
  return wav;
}

export function invalid(name: string, reason: string, cause?: unknown): EarshotError {
  return new EarshotError(
    'wav_invalid',
    `${name} cannot be played as a WAV file: ${reason}`,
    'Give a WAV file, PCM or floating point; ffmpeg -i FILE -ar 16000 -ac 1 speech.wav makes one.',
    cause === undefined ? undefined : { cause },
  );
}
