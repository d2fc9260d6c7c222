/**
 * A WAV file as a recording, and a recording as the line's own speech: 16 kHz, mono, 16 bit.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { EarshotError } from '../../src/errors.ts';
import { inputError } from '../../src/input-error.ts';
import { FRAME_MS, SAMPLE_RATE_HZ } from '../../src/protocol/format.ts';
import { createResampler, type Resampler } from './resampler.ts';
import { concatenate, toS16 } from './s16.ts';
import { parseWav, type Recording } from './wav-format.ts';

/** Held in memory whole: an hour of the device's own format, ten minutes of a studio's. */
const MAX_FILE_BYTES = 128 * 1024 * 1024;

/** The whole file as the line hears it. @throws EarshotError as `readWavFile` does. */
export async function readSpeechFile(path: string): Promise<Int16Array> {
  const recording = await readWavFile(path);
  const resampler = await createResampler(recording.sampleRateHz, SAMPLE_RATE_HZ);
  const speech = new Speech(recording, resampler);
  const blocks: Int16Array[] = [];
  for (let block = speech.next(SAMPLE_RATE_HZ); block.length > 0; block = speech.next(SAMPLE_RATE_HZ)) {
    blocks.push(block);
  }
  resampler.close();
  return concatenate(blocks);
}

/** A recording as 16 kHz speech, converted as it is asked for. */
export class Speech {
  readonly #recording: Recording;
  readonly #resampler: Resampler;
  #ready = new Float32Array(0);
  #flushed = false;

  constructor(recording: Recording, resampler: Resampler) {
    this.#recording = recording;
    this.#resampler = resampler;
  }

  /** The next samples: fewer than asked for only at the end, none after it. */
  next(samples: number): Int16Array {
    while (this.#ready.length < samples && !this.#flushed) this.#more();
    const block = toS16(this.#ready.subarray(0, samples));
    this.#ready = this.#ready.slice(samples);
    return block;
  }

  #more(): void {
    const piece = this.#recording.read(Math.ceil((this.#recording.sampleRateHz * FRAME_MS) / 1_000));
    this.#flushed = piece.length === 0;
    const converted = this.#flushed ? this.#resampler.flush() : this.#resampler.push(piece);
    const ready = new Float32Array(this.#ready.length + converted.length);
    ready.set(this.#ready);
    ready.set(converted, this.#ready.length);
    this.#ready = ready;
  }
}

/** @throws EarshotError `file_not_found`, `file_unreadable`, `wav_invalid` */
export async function readWavFile(path: string): Promise<Recording> {
  return parseWav(await readBytes(path), path);
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    // Not blocking, because opening a pipe without a writer would wait for one for ever.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const status = await file.stat();
      if (!status.isFile()) throw unreadable(path, status.isDirectory() ? 'it is a directory' : 'it is not a file');
      if (status.size > MAX_FILE_BYTES) throw tooLarge(path, status.size);
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof EarshotError) throw error;
    throw inputError(path, error, 'WAV file');
  }
}

function unreadable(path: string, reason: string): EarshotError {
  const hint = 'Give a WAV file that this user may read.';
  return new EarshotError('file_unreadable', `${path} cannot be read: ${reason}`, hint);
}

function tooLarge(path: string, bytes: number): EarshotError {
  const mebibytes = (value: number): string => `${Math.round(value / 1024 / 1024)} MiB`;
  return new EarshotError(
    'wav_invalid',
    `${path} is too large: ${mebibytes(bytes)}, where ${mebibytes(MAX_FILE_BYTES)} is the limit`,
    'Cut it, or make it smaller with ffmpeg -i FILE -ar 16000 -ac 1 speech.wav.',
  );
}
