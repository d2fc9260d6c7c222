/**
 * Reads WAV files of any rate, any number of channels and any common encoding as mono.
 *
 * `wavefile` reads the format and unpacks compressed samples; linear ones are converted here piece by piece, because
 * wavefile would make an 8-byte number of each 16-bit sample, all of them at once. (Its ADPCM loses the last block of a
 * file, so that encoding is refused.)
 */
import { createRequire } from 'node:module';
import { EarshotError } from '../../src/errors.ts';

export interface Recording {
  readonly sampleRateHz: number;
  readonly channels: number;
  /** The largest sample that its encoding can say; 1 for floating point, which can say more. */
  readonly fullScale: number;
  /** Samples a channel. */
  readonly frames: number;
  /** The next frames, at most so many, mixed down to one channel; empty at the end. */
  read(maxFrames: number): Float32Array;
  /** The same, each channel by itself. */
  readChannels(maxFrames: number): Float32Array[];
}

/** What libsamplerate can convert to 16 kHz, with a little care at the lower end. */
const MIN_SAMPLE_RATE_HZ = 1_000;
const MAX_SAMPLE_RATE_HZ = 192_000;
const MAX_CHANNELS = 64;

/** Format tags of mmreg.h. */
const WAVE_FORMAT_PCM = 0x0001;
const WAVE_FORMAT_IEEE_FLOAT = 0x0003;
const WAVE_FORMAT_ALAW = 0x0006;
const WAVE_FORMAT_MULAW = 0x0007;
const WAVE_FORMAT_EXTENSIBLE = 0xfffe;

/** The largest samples that G.711 can say, in 16 bit. */
const ALAW_MAX = 32_256;
const MULAW_MAX = 32_124;

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;

interface WaveFile {
  fmt: {
    audioFormat: number;
    numChannels: number;
    sampleRate: number;
    bitsPerSample: number;
    /** The low half of the first word is the format tag behind WAVE_FORMAT_EXTENSIBLE. */
    subformat: number[];
  };
  data: { samples: Uint8Array };
  fromBuffer(bytes: Uint8Array): void;
  fromALaw(): void;
  fromMuLaw(): void;
}

/** @throws EarshotError `wav_invalid`. `name` is the file's, for people. */
export function parseWav(bytes: Uint8Array, name: string): Recording {
  const chunks = findChunks(bytes, name);
  const wav = readWave(chunks, new Uint8Array(0), name);
  const { numChannels: channels, sampleRate: sampleRateHz } = wav.fmt;
  if (channels < 1 || channels > MAX_CHANNELS) throw invalid(name, `it says that it has ${channels} channels`);
  if (sampleRateHz < MIN_SAMPLE_RATE_HZ || sampleRateHz > MAX_SAMPLE_RATE_HZ) {
    throw invalid(name, `a sample rate of ${sampleRateHz} Hz is not supported`);
  }
  const { samples, bytesPerSample, fullScale, sample } = linear(chunks, wav, name);
  const view = new DataView(samples.buffer, samples.byteOffset, samples.byteLength);
  const frameBytes = channels * bytesPerSample;
  const frames = Math.floor(samples.byteLength / frameBytes);
  if (frames === 0) throw invalid(name, 'there is no sound in it');

  let frame = 0;
  return {
    sampleRateHz,
    channels,
    fullScale,
    frames,
    readChannels(maxFrames) {
      const length = Math.min(maxFrames, frames - frame);
      const first = frame;
      frame += length;
      return Array.from({ length: channels }, (_, channel) =>
        Float32Array.from({ length }, (_, i) => sample(view, (first + i) * frameBytes + channel * bytesPerSample)),
      );
    },
    read(maxFrames) {
      const mono = new Float32Array(Math.min(maxFrames, frames - frame));
      for (let i = 0; i < mono.length; i++, frame++) {
        let sum = 0;
        for (let channel = 0; channel < channels; channel++) {
          sum += sample(view, frame * frameBytes + channel * bytesPerSample);
        }
        mono[i] = sum / channels;
      }
      return mono;
    },
  };
}

interface LinearSamples {
  samples: Uint8Array;
  bytesPerSample: number;
  fullScale: number;
  /** The sample at this place, from −1 to 1. */
  sample(view: DataView, offset: number): number;
}

function linear(chunks: Chunks, wav: WaveFile, name: string): LinearSamples {
  const tag =
    wav.fmt.audioFormat === WAVE_FORMAT_EXTENSIBLE ? (wav.fmt.subformat[0] ?? 0) & 0xffff : wav.fmt.audioFormat;
  const bits = wav.fmt.bitsPerSample;
  switch (tag) {
    case WAVE_FORMAT_PCM: {
      // Depths between whole bytes stand left-justified in the next whole number of bytes.
      const bytesPerSample = Math.ceil(bits / 8);
      const sample = integerSample(bytesPerSample, chunks.littleEndian);
      if (sample) return { samples: chunks.data, bytesPerSample, fullScale: 1 - 2 ** (1 - bits), sample };
      break;
    }
    case WAVE_FORMAT_IEEE_FLOAT: {
      const { littleEndian, data: samples } = chunks;
      if (bits === 32)
        return {
          samples,
          bytesPerSample: 4,
          fullScale: 1,
          sample: (view, at) => clipped(view.getFloat32(at, littleEndian)),
        };
      if (bits === 64)
        return {
          samples,
          bytesPerSample: 8,
          fullScale: 1,
          sample: (view, at) => clipped(view.getFloat64(at, littleEndian)),
        };
      break;
    }
    case WAVE_FORMAT_ALAW:
      return unpacked(chunks, 'fromALaw', ALAW_MAX, name);
    case WAVE_FORMAT_MULAW:
      return unpacked(chunks, 'fromMuLaw', MULAW_MAX, name);
  }
  throw invalid(name, `its encoding (format ${tag}, ${bits} bit) is not supported`);
}

function integerSample(bytesPerSample: number, littleEndian: boolean): LinearSamples['sample'] | undefined {
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

/** Floating point samples can be anything; what is not a number is silence. */
function clipped(value: number): number {
  return Number.isNaN(value) ? 0 : Math.min(Math.max(value, -1), 1);
}

/** wavefile unpacks to 16 bit, little-endian unless the file is not. */
function unpacked(chunks: Chunks, method: 'fromALaw' | 'fromMuLaw', largest: number, name: string): LinearSamples {
  const wav = readWave(chunks, chunks.data, name);
  try {
    wav[method]();
  } catch (cause) {
    throw invalid(name, 'its compressed samples cannot be unpacked', cause);
  }
  const { littleEndian } = chunks;
  return {
    samples: wav.data.samples,
    bytesPerSample: 2,
    fullScale: largest / 2 ** 15,
    sample: (view, at) => view.getInt16(at, littleEndian) / 2 ** 15,
  };
}

interface Chunks {
  littleEndian: boolean;
  /** With its header. */
  format: Uint8Array;
  data: Uint8Array;
}

/**
 * Finds the two chunks that make sound; a damaged title between them must not keep a recording from being played.
 *
 * A recorder that was killed, or wrote to a pipe, leaves a data size of 0 or far too much: then the sound is what is there.
 */
function findChunks(bytes: Uint8Array, name: string): Chunks {
  if (bytes.length === 0) throw invalid(name, 'it is empty');
  const text = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (!['RIFF', 'RIFX', 'RF64'].includes(text(0)) || text(8) !== 'WAVE') {
    throw invalid(name, 'it does not begin like one');
  }
  const littleEndian = text(0) !== 'RIFX';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let format: Uint8Array | undefined;
  let at = RIFF_HEADER_BYTES;
  while (at + CHUNK_HEADER_BYTES <= bytes.length) {
    const start = at + CHUNK_HEADER_BYTES;
    const size = view.getUint32(at + 4, littleEndian);
    if (text(at) === 'fmt ') format = bytes.subarray(at, start + size);
    if (text(at) === 'data') {
      if (!format) throw invalid(name, 'it does not say its format');
      return { littleEndian, format, data: bytes.subarray(start, size === 0 ? undefined : start + size) };
    }
    at = start + size + (size % 2);
  }
  throw invalid(name, 'there is no sound in it');
}

/** Hands wavefile a file of these two chunks alone. */
function readWave({ littleEndian, format }: Chunks, samples: Uint8Array, name: string): WaveFile {
  const { WaveFile } = createRequire(import.meta.url)('wavefile') as { WaveFile: new () => WaveFile };
  const formatBytes = format.length + (format.length % 2);
  const file = new Uint8Array(RIFF_HEADER_BYTES + formatBytes + CHUNK_HEADER_BYTES + samples.length);
  const put = (text: string, at: number): void => file.set(Buffer.from(text, 'latin1'), at);
  put(littleEndian ? 'RIFF' : 'RIFX', 0);
  put('WAVE', 8);
  file.set(format, RIFF_HEADER_BYTES);
  const dataAt = RIFF_HEADER_BYTES + formatBytes;
  put('data', dataAt);
  new DataView(file.buffer).setUint32(dataAt + 4, samples.length, littleEndian);
  file.set(samples, dataAt + CHUNK_HEADER_BYTES);
  const wav = new WaveFile();
  try {
    wav.fromBuffer(file);
  } catch (cause) {
    throw invalid(name, 'its header is damaged', cause);
  }
  return wav;
}

function invalid(name: string, reason: string, cause?: unknown): EarshotError {
  return new EarshotError(
    'wav_invalid',
    `${name} cannot be played as a WAV file: ${reason}`,
    'Give a WAV file, PCM or floating point; ffmpeg -i FILE -ar 16000 -ac 1 speech.wav makes one.',
    cause === undefined ? undefined : { cause },
  );
}
