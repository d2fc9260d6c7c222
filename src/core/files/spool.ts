/**
 * An append-only log of bytes for a turn of any length: the newest bytes are in memory, the rest in a file. Appending only copies into
 * memory. The file is written in the background, in pieces. A small log never has a file.
 */
import { EarshotError } from '../errors.ts';
import { diskError } from './disk-errors.ts';
import { type ByteLog, type Chunk, MemoryLog, type MemoryLogOptions } from './memory-log.ts';

/** Bytes that are read back at a time: more than the longest record. */
const READ_BYTES = 32 * 1_024;
/** How many times the limit may be waiting for the disk before the writer should wait. */
const BEHIND_FACTOR = 2;

export interface Spool extends ByteLog {
  /** The disk is slower than what is appended: wait for {@link caughtUp}, if you can. */
  readonly isBehind: boolean;
  caughtUp(): Promise<void>;
  /** Releases the bytes before `at`: they will not be read any more, and need not be written. */
  forget(at: number): void;
  /** Writes all bytes durably to the file. @throws EarshotError (by rejection) */
  save(path: string): Promise<void>;
  /** Discards the log. Its file is deleted, unless it was saved. */
  discard(): void;
}

/** The open file of a log. Its methods reject with the system's errors. */
export interface SpoolFile {
  writev(pieces: readonly Uint8Array[], at: number): Promise<{ bytesWritten: number }>;
  read(bytes: Uint8Array, offset: number, length: number, at: number): Promise<{ bytesRead: number }>;
  /** Makes it durable under this name. */
  publish(as: string): Promise<void>;
  close(): Promise<void>;
}

/** Where the files of logs are. */
export interface SpoolFiles {
  /** `replace`: instead of one of this name. Only its owner may read it. */
  create(path: string, replace: boolean): Promise<SpoolFile>;
  remove(path: string): Promise<void>;
}

export interface SpoolOptions extends MemoryLogOptions {
  files: SpoolFiles;
  /** Bytes in memory; Infinity: all. */
  memoryBytes: number;
  /** Bytes that may wait in memory for a slow disk. Above this the oldest are lost. */
  burstBytes: number;
  /** The path of the file; called when it is created. */
  path: () => string;
  /** The file cannot be deleted. */
  onError: (error: unknown) => void;
}

export function createSpool(options: SpoolOptions): Spool {
  return new FileSpool(options);
}

class FileSpool extends MemoryLog implements Spool {
  readonly #options: SpoolOptions;
  #file: { handle: SpoolFile; path: string } | undefined;
  #isSaved = false;
  #isOver = false;
  #writing: Promise<void> | undefined;
  /** Reads in progress: the file is not closed under them. */
  readonly #reading = new Set<Promise<unknown>>();
  #failure: EarshotError | undefined;
  #waiting: (() => void)[] = [];
  /** The bytes that were read back last. */
  #loaded: { at: number; bytes: Uint8Array } | undefined;

  constructor(options: SpoolOptions) {
    super(options);
    this.#options = options;
  }

  get isBehind(): boolean {
    return this.#writing !== undefined && this.memoryBytes > this.#options.memoryBytes * BEHIND_FACTOR;
  }

  /** The newest one is not full yet. */
  get #isWritable(): boolean {
    return this.chunks.length > 1 && this.memoryBytes > this.#options.memoryBytes;
  }

  caughtUp(): Promise<void> {
    return new Promise((resolve) => {
      if (this.isBehind) this.#waiting.push(resolve);
      else resolve();
    });
  }

  override reserve(bytes: number): Uint8Array {
    const reserved = super.reserve(bytes);
    if (this.#isWritable) this.#spill();
    return reserved;
  }

  override view(at: number): Uint8Array | undefined {
    if (at >= this.inMemoryFrom) return super.view(at);
    const loaded = this.#loaded;
    const isLoaded = loaded && at >= loaded.at && at < loaded.at + loaded.bytes.length;
    return isLoaded ? loaded.bytes.subarray(at - loaded.at) : undefined;
  }

  override async load(at: number): Promise<void> {
    const end = this.inMemoryFrom;
    if (at >= end) return super.load(at);
    if (!this.#file || this.#isOver || at < this.firstAt) {
      if (this.#failure) throw this.#failure;
      return super.load(at);
    }
    const bytes = new Uint8Array(Math.min(READ_BYTES, end - at));
    const bytesRead = await this.#read(this.#file, bytes, at);
    if (!this.#isOver) this.#loaded = { at, bytes: bytes.subarray(0, bytesRead) };
  }

  /** @throws EarshotError `store_failed` (by rejection) */
  async #read({ handle, path }: { handle: SpoolFile; path: string }, bytes: Uint8Array, at: number): Promise<number> {
    const reading = handle.read(bytes, 0, bytes.length, at);
    this.#reading.add(reading);
    try {
      return (await reading).bytesRead;
    } catch (cause) {
      throw diskError(path, cause);
    } finally {
      this.#reading.delete(reading);
    }
  }

  async save(path: string): Promise<void> {
    await this.#writing;
    if (this.#failure) throw this.#failure;
    try {
      this.#file ??= { handle: await this.#options.files.create(`${path}.part`, true), path: `${path}.part` };
      if (this.chunks.length > 0) await this.#writeChunks(this.chunks);
      await this.#file.handle.publish(path);
      this.#isSaved = true;
    } catch (cause) {
      throw diskError(path, cause);
    }
  }

  override discard(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    super.discard();
    this.#loaded = undefined;
    this.#close().catch(this.#options.onError);
  }

  #spill(): void {
    this.dropForgotten();
    if (this.memoryBytes > this.#options.burstBytes) this.#lose();
    if (this.#writing || this.#failure || !this.#isWritable) return;
    this.#writing = this.#write()
      .catch((cause) => {
        this.#failure = diskError(this.#file?.path ?? 'a spool file', cause);
      })
      .finally(() => {
        this.#writing = undefined;
        this.#release();
      });
  }

  async #write(): Promise<void> {
    while (this.#isWritable && !this.#isOver) {
      const full = this.chunks.slice(0, -1);
      await this.#writeChunks(full);
      for (const chunk of full) if (this.chunks[0] === chunk) this.shift();
      if (!this.isBehind) this.#release();
    }
  }

  async #writeChunks(full: readonly Chunk[]): Promise<void> {
    this.readers += 1;
    try {
      await this.#writeAll(full);
    } finally {
      this.readers -= 1;
    }
  }

  async #writeAll(full: readonly Chunk[]): Promise<void> {
    const { handle } = await this.#opened();
    let rest = full.map(({ bytes, used }) => bytes.subarray(0, used));
    for (let at = full[0]?.at ?? 0; rest.length > 0; ) {
      const { bytesWritten } = await handle.writev(rest, at);
      at += bytesWritten;
      rest = withoutFirst(rest, bytesWritten);
    }
  }

  /** All bytes in memory were written. */
  #release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #opened(): Promise<{ handle: SpoolFile; path: string }> {
    if (this.#file) return this.#file;
    const path = this.#options.path();
    try {
      this.#file = { handle: await this.#options.files.create(path, false), path };
    } catch (cause) {
      throw diskError(path, cause);
    }
    return this.#file;
  }

  /** The disk is too slow or fails: the oldest bytes are lost, so that memory stays bounded. */
  #lose(): void {
    this.#failure ??= new EarshotError(
      'store_failed',
      'The disk is too slow to store a long turn',
      'Check which other programs use it.',
    );
    while (this.chunks.length > 1 && this.memoryBytes > this.#options.memoryBytes) {
      const lost = this.shift();
      if (lost) this.firstAt = lost.at + lost.used;
    }
  }

  async #close(): Promise<void> {
    await this.#writing;
    await Promise.allSettled(this.#reading);
    await this.#file?.handle.close();
    if (this.#file && !this.#isSaved) await this.#options.files.remove(this.#file.path);
  }
}

/** The pieces that remain when this many bytes are written. */
function withoutFirst(pieces: Uint8Array<ArrayBuffer>[], bytes: number): Uint8Array<ArrayBuffer>[] {
  let written = bytes;
  return pieces.flatMap((piece) => {
    const done = Math.min(written, piece.length);
    written -= done;
    return done === piece.length ? [] : [piece.subarray(done)];
  });
}
