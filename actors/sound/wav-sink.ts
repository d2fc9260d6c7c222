/**
 * The destination of a WAV file while it is written. In a file, the header never claims more than is there and is at
 * most half a second behind, so that the file can be played after the process was killed. In a stream, the header says
 * that the size is unknown.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { EarshotError, systemCode } from '../../src/core/errors.ts';
import { descriptorNamed, outputName, writeAll } from '../../src/core/files/descriptors.ts';
import { outputError, unwritable } from '../../src/core/files/file-errors.ts';
import { BYTES_PER_SAMPLE, FRAME_SIZE_10_MS, SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import { MAX_DATA_BYTES, wavHeader } from './wav-header.ts';

export interface WavSink {
  /** Standard output stays open when the speaker is closed. */
  readonly staysOpen: boolean;
  /** From the time at which samples are given to it until they are written. */
  readonly latencyMs: number;
  /** Whether it can take the next samples: a reader may be slow. @throws EarshotError like `write` */
  isReady(): boolean;
  /**
   * @throws EarshotError `file_unwritable`, `output_closed`. What was not written is retained, and written before the
   * next samples.
   */
  write(samples: Int16Array): void;
  /** Writes what it can. Errors are ignored, because nobody can act on them at the end. */
  flush(): void;
  close(): void;
}

const WRITE_EVERY_MS = 500;
const BUFFER_BYTES = WRITE_EVERY_MS * SAMPLES_PER_MS * BYTES_PER_SAMPLE;

/**
 * Synchronous on purpose: the file must exist, or not, before the first demand, and each write is 16 KB to the cache.
 * @throws EarshotError `file_unwritable`, `output_closed`
 */
export function openWavSink(path: string): WavSink {
  const name = outputName(path);
  try {
    const standard = descriptorNamed(path, 'output');
    if (standard !== undefined) return openStandardOutput(standard, name);
    // Checked first, because opening a pipe without a reader would wait for ever.
    const status = statSync(path, { throwIfNoEntry: false });
    if (status?.isFIFO()) throw unwritable(path, 'it is a pipe', 'Send standard output into it: --output - > PIPE.');
    const fd = openSync(path, 'w');
    try {
      return status && !status.isFile() ? new WavStream(name, fd, false) : new WavFile(name, fd, 0, false);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  } catch (error) {
    throw error instanceof EarshotError ? error : outputError(name, error);
  }
}

function openStandardOutput(fd: number, name: string): WavSink {
  const status = fstatSync(fd);
  const position = status.isFile() ? positionOf(fd) : undefined;
  if (position !== undefined) return new WavFile(name, fd, position, true);
  // Opened a second time, so as not to block on a slow reader; the pipe stays as it is for its other users.
  const own = status.isFIFO() ? openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK) : fd;
  return new WavStream(name, own, true);
}

/** Position of the next write in a file. Undefined when a header can't be written again later. */
function positionOf(fd: number): number | undefined {
  const info = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
  const flags = Number.parseInt(/^flags:\s*([0-7]+)/m.exec(info)?.[1] ?? '', 8);
  // In append mode every write goes to the end, whatever its position.
  if (flags & constants.O_APPEND) return undefined;
  return Number(/^pos:\s*(\d+)/m.exec(info)?.[1]);
}

class WavFile implements WavSink {
  readonly latencyMs = 0;
  readonly staysOpen: boolean;
  readonly #name: string;
  readonly #fd: number;
  readonly #start: number;
  readonly #waiting = new ByteQueue();
  #dataBytes = 0;

  constructor(name: string, fd: number, start: number, staysOpen: boolean) {
    this.#name = name;
    this.#fd = fd;
    this.#start = start;
    this.staysOpen = staysOpen;
    writeAll(fd, wavHeader(0));
  }

  isReady(): boolean {
    return true;
  }

  write(samples: Int16Array): void {
    this.#waiting.add(samples);
    if (this.#waiting.length < BUFFER_BYTES) return;
    try {
      this.#writeWaiting();
    } catch (error) {
      throw error instanceof EarshotError ? error : outputError(this.#name, error);
    }
  }

  flush(): void {
    try {
      this.#writeWaiting();
    } catch {
      // A full disk was reported by an earlier write, or will show in the file's length.
    }
  }

  close(): void {
    this.flush();
    closeSync(this.#fd);
  }

  #writeWaiting(): void {
    if (this.#dataBytes + this.#waiting.length > MAX_DATA_BYTES) {
      throw unwritable(this.#name, 'a WAV file cannot be longer', 'Start again with a new file.');
    }
    try {
      while (this.#waiting.length > 0) this.#dataBytes += this.#waiting.writeTo(this.#fd);
    } finally {
      this.#writeHeader();
    }
  }

  #writeHeader(): void {
    const header = wavHeader(this.#dataBytes);
    for (let at = 0; at < header.length; ) {
      at += writeSync(this.#fd, header, at, header.length - at, this.#start + at);
    }
  }
}

class WavStream implements WavSink {
  /** The next block is requested when the one before is written. */
  readonly latencyMs = FRAME_SIZE_10_MS / SAMPLES_PER_MS;
  readonly staysOpen: boolean;
  readonly #name: string;
  readonly #fd: number;
  readonly #waiting = new ByteQueue();

  constructor(name: string, fd: number, staysOpen: boolean) {
    this.#name = name;
    this.#fd = fd;
    this.staysOpen = staysOpen;
    this.#waiting.addBytes(wavHeader(undefined));
    this.isReady();
  }

  isReady(): boolean {
    try {
      while (this.#waiting.length > 0) this.#waiting.writeTo(this.#fd);
      return true;
    } catch (error) {
      if (systemCode(error) === 'EAGAIN') return false;
      throw outputError(this.#name, error);
    }
  }

  write(samples: Int16Array): void {
    this.#waiting.add(samples);
    this.isReady();
  }

  flush(): void {
    try {
      this.isReady();
    } catch {
      // Its reader is gone: the samples are not needed.
    }
  }

  close(): void {
    this.flush();
    closeSync(this.#fd);
  }
}

/** Bytes to be written to a descriptor that may take some of them, or none. */
class ByteQueue {
  #bytes = Buffer.alloc(0);

  get length(): number {
    return this.#bytes.length;
  }

  /** Little-endian, like all machines that Node supports. */
  add(samples: Int16Array): void {
    this.addBytes(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
  }

  addBytes(bytes: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
  }

  /** One write; returns the number of bytes written. @throws the system's error: then nothing was written. */
  writeTo(fd: number): number {
    const written = writeSync(fd, this.#bytes);
    this.#bytes = this.#bytes.subarray(written);
    return written;
  }
}
