/**
 * A WAV file that comes as a stream: it is read as it is heard, and no further ahead than the stream's own buffer. It need not end,
 * and need not know how long it is.
 */
import type { Readable } from 'node:stream';
import { EarshotError } from '../../src/errors.ts';
import { inputError } from '../../src/files/file-errors.ts';
import { findSound, type LayoutResult, NO_SOUND } from './wav-chunks.ts';
import { invalid, mixed, readFormat, type SampleFormat, type SampleSource } from './wav-format.ts';

/** Tags may come first, with a picture in them. */
const MAX_HEAD_BYTES = 16 * 1024 * 1024;

export interface WavStream extends SampleSource {
  close(): void;
}

/** Resolves when the sound begins. @throws EarshotError `wav_invalid`, `file_unreadable` */
export async function openWavStream(input: Readable, name: string): Promise<WavStream> {
  try {
    const { bytes, layout } = await readHead(input, name);
    const format = readFormat(layout, name);
    const samples = new WavSamples(input, format, bytes.subarray(layout.dataStart), layout.dataEnd - layout.dataStart);
    await samples.begin();
    if (samples.ended) throw invalid(name, NO_SOUND);
    return samples;
  } catch (error) {
    input.destroy();
    throw error instanceof EarshotError ? error : inputError(name, error, 'WAV file');
  }
}

async function readHead(input: Readable, name: string) {
  let bytes = Buffer.alloc(0);
  let found: LayoutResult = { needsMore: true };
  while ('needsMore' in found) {
    if (bytes.length > MAX_HEAD_BYTES)
      throw invalid(name, `no sound begins in its first ${MAX_HEAD_BYTES / 2 ** 20} MiB`);
    const piece = await nextPiece(input);
    if (piece) bytes = Buffer.concat([bytes, piece]);
    found = findSound(bytes, piece === undefined);
  }
  if ('reason' in found) throw invalid(name, found.reason);
  return { bytes, layout: found.layout };
}

/** Undefined at the end. */
function nextPiece(input: Readable): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const piece = input.read() as Buffer | null;
      if (piece || input.readableEnded) settle(() => resolve(piece ?? undefined));
    };
    const end = () => settle(() => resolve(undefined));
    const fail = (error: Error) => settle(() => reject(error));
    const settle = (how: () => void) => {
      input.off('readable', look).off('end', end).off('close', end).off('error', fail);
      how();
    };
    input.on('readable', look).on('end', end).on('close', end).on('error', fail);
    look();
  });
}

class WavSamples implements WavStream {
  readonly #input: Readable;
  readonly #format: SampleFormat;
  readonly #frameBytes: number;
  #bytes: Buffer;
  /** Of the sound, not read yet. */
  #left: number;
  #inputEnded = false;

  constructor(input: Readable, format: SampleFormat, bytes: Buffer, soundBytes: number) {
    this.#input = input;
    this.#format = format;
    this.#frameBytes = format.channels * format.bytesPerSample;
    this.#bytes = bytes;
    this.#left = soundBytes;
    const end = () => {
      this.#inputEnded = true;
    };
    // A stream that breaks off ends the sound: what was heard is heard.
    input
      .on('end', end)
      .on('error', end)
      .on('close', end)
      .on('readable', () => {});
    if (input.readableEnded || input.destroyed) end();
  }

  /** Resolves with the first sound, or at the end. */
  async begin(): Promise<void> {
    while (!this.ended && this.#bytes.length < this.#frameBytes) {
      const piece = await nextPiece(this.#input);
      if (piece) this.#bytes = Buffer.concat([this.#bytes, piece]);
      else this.#inputEnded = true;
    }
  }

  get sampleRateHz(): number {
    return this.#format.sampleRateHz;
  }

  get ended(): boolean {
    return this.#left < this.#frameBytes || (this.#inputEnded && this.#bytes.length < this.#frameBytes);
  }

  read(maxFrames: number): Float32Array {
    const wanted = Math.min(maxFrames, Math.floor(this.#left / this.#frameBytes)) * this.#frameBytes;
    while (this.#bytes.length < wanted) {
      const piece = this.#input.read() as Buffer | null;
      if (!piece) break;
      this.#bytes = Buffer.concat([this.#bytes, piece]);
    }
    const frames = Math.floor(Math.min(wanted, this.#bytes.length) / this.#frameBytes);
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length);
    const samples = mixed(this.#format, view, 0, frames);
    this.#bytes = this.#bytes.subarray(frames * this.#frameBytes);
    this.#left -= frames * this.#frameBytes;
    return samples;
  }

  close(): void {
    this.#input.destroy();
  }
}
