/**
 * Reads a WAV file, and converts it to the pipeline's format: 16 kHz, mono, 16 bit.
 */
import { inputName } from '../../src/core/files/descriptors.ts';
import { readInput } from '../../src/core/files/input-file.ts';
import { FRAME_MS, SAMPLE_RATE_HZ } from '../../src/protocol/format.ts';
import { createResampler, type Resampler } from './resampler.ts';
import { concatenate, toS16 } from './s16.ts';
import { parseWav, type Recording, type SampleSource } from './wav-format.ts';

/** Read into memory as a whole: an hour of the device's format, ten minutes of a studio's. */
const MAX_FILE_BYTES = 128 * 1024 * 1024;

/** @throws EarshotError `file_not_found`, `file_unreadable`, `wav_invalid` */
export async function readWavFile(path: string): Promise<Recording> {
  return parseWav(await readInput(path, { maxBytes: MAX_FILE_BYTES, kind: 'WAV file' }), inputName(path));
}

/** The whole file in the pipeline's format. @throws EarshotError like `readWavFile`. */
export async function readSpeechFile(path: string): Promise<Int16Array> {
  const speech = await openSpeech(await readWavFile(path));
  const blocks: Int16Array[] = [];
  while (!speech.ended) blocks.push(speech.next(SAMPLE_RATE_HZ));
  speech.close();
  return concatenate(blocks);
}

export async function openSpeech(source: SampleSource): Promise<Speech> {
  return new Speech(source, await createResampler(source.sampleRateHz, SAMPLE_RATE_HZ));
}

/** Converts a source to 16 kHz speech, as it is read. */
export class Speech {
  readonly #source: SampleSource;
  readonly #resampler: Resampler;
  #ready = new Float32Array(0);
  #flushed = false;

  constructor(source: SampleSource, resampler: Resampler) {
    this.#source = source;
    this.#resampler = resampler;
  }

  /** Nothing follows. */
  get ended(): boolean {
    return this.#flushed && this.#ready.length === 0;
  }

  /** The next samples. Fewer than requested only at the end; none while there are not enough yet. */
  next(samples: number): Int16Array {
    while (this.#ready.length < samples && this.#more()) {}
    if (this.#ready.length < samples && !this.#flushed) return new Int16Array(0);
    const block = toS16(this.#ready.subarray(0, samples));
    this.#ready = this.#ready.slice(samples);
    return block;
  }

  close(): void {
    this.#resampler.close();
  }

  /** False when there is nothing more, or not yet. */
  #more(): boolean {
    if (this.#flushed) return false;
    const piece = this.#source.read(Math.ceil((this.#source.sampleRateHz * FRAME_MS) / 1_000));
    if (piece.length === 0 && !this.#source.ended) return false;
    this.#flushed = this.#source.ended && piece.length === 0;
    const converted = this.#flushed ? this.#resampler.flush() : this.#resampler.push(piece);
    const ready = new Float32Array(this.#ready.length + converted.length);
    ready.set(this.#ready);
    ready.set(converted, this.#ready.length);
    this.#ready = ready;
    return true;
  }
}
