/**
 * A WAV file as a speaker: it asks for sound in real time and keeps what it is given, from the first sound on.
 *
 * The header on disk never claims more than is there, and lags by half a second at most: when the process is killed, the
 * file can be played.
 */
import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { EarshotError, systemCode } from '../../src/errors.ts';
import {
  BYTES_PER_SAMPLE,
  CHANNELS,
  FRAME_SIZE_10_MS,
  SAMPLE_RATE_HZ,
  SAMPLES_PER_MS,
} from '../../src/protocol/format.ts';
import { startPacer } from './pacer.ts';
import type { OpenSpeaker } from './port.ts';

const HEADER_BYTES = 44;
const WRITE_EVERY_MS = 500;
const BUFFER_SAMPLES = WRITE_EVERY_MS * SAMPLES_PER_MS;
/** The sizes in a WAV header have 32 bits: 37 hours. */
const MAX_DATA_BYTES = 0xffffffff - HEADER_BYTES - BUFFER_SAMPLES * BYTES_PER_SAMPLE;

export function wavSpeaker(path: string): OpenSpeaker {
  return async ({ onDemand, onLost }, { clock }) => {
    const file = createFile(path);
    const block = new Int16Array(FRAME_SIZE_10_MS);
    let closed = false;
    let begun = false;
    const close = (): void => {
      if (closed) return;
      closed = true;
      pacer.stop();
      file.close();
    };
    const pacer = startPacer(clock, FRAME_SIZE_10_MS / SAMPLES_PER_MS, () => {
      onDemand(block.fill(0));
      if (closed) return;
      // The speaker is open long before the reply: a listener to the file need not wait for it.
      begun ||= block.some((sample) => sample !== 0);
      if (!begun) return;
      try {
        file.write(block);
      } catch (error) {
        close();
        onLost(error as EarshotError);
      }
    });
    return { device: path, outputLatencyMs: 0, close };
  };
}

class WavFile {
  readonly #path: string;
  readonly #fd: number;
  /** Little-endian, as all machines are that Node runs on. */
  readonly #buffer = new Int16Array(BUFFER_SAMPLES);
  #buffered = 0;
  #dataBytes = 0;

  constructor(path: string, fd: number) {
    this.#path = path;
    this.#fd = fd;
    this.#writeHeader();
  }

  write(samples: Int16Array): void {
    this.#buffer.set(samples, this.#buffered);
    this.#buffered += samples.length;
    if (this.#buffered + samples.length > this.#buffer.length) this.#flush();
  }

  /** Keeps what can be kept: whoever closes has no use for an error. */
  close(): void {
    try {
      this.#flush();
    } catch {
      // A full disk has been reported by an earlier write, or will show in the file's length.
    }
    closeSync(this.#fd);
  }

  #flush(): void {
    if (this.#buffered === 0) return;
    const bytes = new Uint8Array(this.#buffer.buffer, 0, this.#buffered * BYTES_PER_SAMPLE);
    if (this.#dataBytes + bytes.length > MAX_DATA_BYTES) {
      throw unwritable(this.#path, 'a WAV file cannot be longer', 'Start again with a new file.');
    }
    this.#buffered = 0;
    this.#writeAt(bytes, HEADER_BYTES + this.#dataBytes);
    this.#dataBytes += bytes.length;
    this.#writeHeader();
  }

  #writeHeader(): void {
    const header = Buffer.alloc(HEADER_BYTES);
    const frameBytes = CHANNELS * BYTES_PER_SAMPLE;
    header.write('RIFF', 0);
    header.writeUInt32LE(HEADER_BYTES - 8 + this.#dataBytes, 4);
    header.write('WAVEfmt ', 8);
    header.writeUInt32LE(16, 16);
    header.writeUInt16LE(1, 20);
    header.writeUInt16LE(CHANNELS, 22);
    header.writeUInt32LE(SAMPLE_RATE_HZ, 24);
    header.writeUInt32LE(SAMPLE_RATE_HZ * frameBytes, 28);
    header.writeUInt16LE(frameBytes, 32);
    header.writeUInt16LE(8 * BYTES_PER_SAMPLE, 34);
    header.write('data', 36);
    header.writeUInt32LE(this.#dataBytes, 40);
    this.#writeAt(header, 0);
  }

  #writeAt(bytes: Uint8Array, position: number): void {
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#fd, bytes, done, bytes.length - done, position + done);
      }
    } catch (error) {
      throw systemError(this.#path, error);
    }
  }
}

/** Synchronous on purpose: a file has to exist, or not, before the first demand, and each write is 16 KB to the cache. */
function createFile(path: string): WavFile {
  try {
    // Looked at first, because opening a pipe without a reader would wait for one for ever.
    const status = statSync(path, { throwIfNoEntry: false });
    if (status?.isFIFO()) throw unwritable(path, 'it is a pipe', 'Give the name of a file.');
    const fd = openSync(path, 'w');
    try {
      return new WavFile(path, fd);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  } catch (error) {
    if (error instanceof EarshotError) throw error;
    throw systemError(path, error);
  }
}

function systemError(path: string, error: unknown): EarshotError {
  const code = systemCode(error) ?? String(error);
  const [reason, hint] = REASONS[code] ?? [code, 'Give another file name.'];
  return unwritable(path, reason, hint, error);
}

const REASONS: Record<string, [reason: string, hint: string]> = {
  ENOENT: ['its folder does not exist', 'Make the folder, or give another file name.'],
  ENOTDIR: ['its folder does not exist', 'Make the folder, or give another file name.'],
  EISDIR: ['it is a directory', 'Give the name of a file.'],
  EACCES: ['permission denied', 'Give a place where this user may write.'],
  EPERM: ['permission denied', 'Give a place where this user may write.'],
  EROFS: ['the file system is read-only', 'Give a place that can be written.'],
  ENOSPC: ['the disk is full', 'Make room, or give a place on another disk.'],
  ESPIPE: ['it is a pipe', 'Give the name of a file.'],
};

function unwritable(path: string, reason: string, hint: string, cause?: unknown): EarshotError {
  return new EarshotError(
    'file_unwritable',
    `${path} cannot be written: ${reason}`,
    hint,
    cause ? { cause } : undefined,
  );
}
