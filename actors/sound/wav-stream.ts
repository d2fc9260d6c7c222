/**
 * A WAV file that arrives as a stream: it is read in real time, and little ahead. It need not end, and its length need
 * not be known.
 */
import type { Readable } from 'node:stream';
import type { Scope } from '../../src/core/actor/scope.ts';
import { EarshotError } from '../../src/core/errors.ts';
import { inputError } from '../../src/core/files/file-errors.ts';
import { findSound, type LayoutResult, NO_SOUND } from './wav-chunks.ts';
import { invalid, mixed, readFormat, type SampleFormat, type SampleSource } from './wav-format.ts';

/** Metadata may come first, with a picture in it. */
const MAX_HEAD_BYTES = 16 * 1024 * 1024;
/** When less than this is buffered, the next part is requested. */
const AHEAD_BYTES = 64 * 1024;

export interface WavStream extends SampleSource {
  close(): void;
}

/** Resolves when the samples begin. @throws EarshotError `wav_invalid`, `file_unreadable` */
export async function openWavStream(input: Readable, name: string, scope: Scope): Promise<WavStream> {
  const pieces = input.iterator({ destroyOnReturn: true }) as AsyncIterator<Buffer>;
  try {
    const { bytes, layout } = await readHead(pieces, name);
    const format = readFormat(layout, name);
    const sound = bytes.subarray(layout.dataStart);
    const samples = new WavSamples({
      input,
      pieces,
      format,
      sound,
      soundBytes: layout.dataEnd - layout.dataStart,
      scope,
    });
    await samples.begin();
    if (samples.ended) throw invalid(name, NO_SOUND);
    return samples;
  } catch (error) {
    input.destroy();
    throw error instanceof EarshotError ? error : inputError(name, error, 'WAV file');
  }
}

async function readHead(pieces: AsyncIterator<Buffer>, name: string) {
  let bytes = Buffer.alloc(0);
  let found: LayoutResult = { needsMore: true };
  while ('needsMore' in found) {
    if (bytes.length > MAX_HEAD_BYTES)
      throw invalid(name, `no samples begin in its first ${MAX_HEAD_BYTES / 2 ** 20} MiB`);
    const { value, done } = await pieces.next();
    if (!done) bytes = Buffer.concat([bytes, value]);
    found = findSound(bytes, done === true);
  }
  if ('reason' in found) throw invalid(name, found.reason);
  return { bytes, layout: found.layout };
}

interface WavSamplesOptions {
  input: Readable;
  pieces: AsyncIterator<Buffer>;
  format: SampleFormat;
  /** The bytes that have arrived. */
  sound: Buffer;
  /** The length, as far as known. */
  soundBytes: number;
  scope: Scope;
}

class WavSamples implements WavStream {
  readonly #input: Readable;
  readonly #pieces: AsyncIterator<Buffer>;
  readonly #format: SampleFormat;
  readonly #frameBytes: number;
  readonly #scope: Scope;
  #bytes: Buffer;
  /** Bytes of samples that were not read yet. */
  #left: number;
  #inputEnded = false;
  #isAsking = false;

  constructor({ input, pieces, format, sound, soundBytes, scope }: WavSamplesOptions) {
    this.#input = input;
    this.#pieces = pieces;
    this.#format = format;
    this.#frameBytes = format.channels * format.bytesPerSample;
    this.#bytes = sound;
    this.#left = soundBytes;
    this.#scope = scope;
  }

  /** Resolves with the first samples, or at the end. */
  async begin(): Promise<void> {
    while (!this.ended && this.#bytes.length < this.#frameBytes) await this.#nextPiece();
  }

  get sampleRateHz(): number {
    return this.#format.sampleRateHz;
  }

  get ended(): boolean {
    return this.#left < this.#frameBytes || (this.#inputEnded && this.#bytes.length < this.#frameBytes);
  }

  read(maxFrames: number): Float32Array {
    const there = Math.min(this.#left, this.#bytes.length);
    const frames = Math.min(maxFrames, Math.floor(there / this.#frameBytes));
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length);
    const samples = mixed(this.#format, view, 0, frames);
    this.#bytes = this.#bytes.subarray(frames * this.#frameBytes);
    this.#left -= frames * this.#frameBytes;
    this.#askForMore();
    return samples;
  }

  close(): void {
    this.#input.destroy();
  }

  #askForMore(): void {
    if (this.#isAsking || this.#inputEnded || this.#bytes.length > AHEAD_BYTES) return;
    this.#isAsking = true;
    this.#scope.run(async () => {
      await this.#nextPiece();
      this.#isAsking = false;
    });
  }

  /** A stream that fails ends the recording: the samples before are valid. */
  async #nextPiece(): Promise<void> {
    const { value, done } = await this.#pieces.next().catch(() => ({ done: true, value: undefined }));
    if (done || !value) this.#inputEnded = true;
    else this.#bytes = Buffer.concat([this.#bytes, value]);
  }
}
