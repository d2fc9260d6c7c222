/**
 * An append-only log of bytes for a turn of any length: the newest bytes are in memory, the rest in a file. Appending only copies into
 * memory. The file is written in the background, in pieces. A small log never has a file.
 */
import { EarshotError } from '../errors.ts';
import { CHUNK_BYTES, ChunkPool } from './chunk-pool.ts';
import { diskError } from './disk-errors.ts';

/** The first piece of memory is small, because most turns are. */
const FIRST_CHUNK_BYTES = 2 * 1_024;
/** Bytes that are read back at a time: more than the longest record. */
const READ_BYTES = 32 * 1_024;
/** How many times the limit may be waiting for the disk before the writer should wait. */
const BEHIND_FACTOR = 2;

export interface Spool {
  /** Bytes appended so far. */
  readonly size: number;
  /** The first position in memory. Reservations before it are invalid: their memory may be reused. */
  readonly memoryFrom: number;
  readonly memoryBytes: number;
  /** Appends this many bytes, which the caller fills at once. They are contiguous in memory, and in one piece of a view. */
  reserve(bytes: number): Uint8Array;
  /** The bytes in memory from `at` on, at least one reservation; undefined when they have to be loaded first. */
  view(at: number): Uint8Array | undefined;
  /** Loads the bytes from `at` on; nothing, if the log is discarded meanwhile. @throws EarshotError (by rejection) when they are lost */
  load(at: number): Promise<void>;
  /** The first position that is neither lost nor released. */
  readonly firstAt: number;
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

export interface SpoolOptions {
  /** Undefined: there is no file, and all bytes are in memory. */
  files?: SpoolFiles;
  /** Bytes in memory; Infinity: all. */
  memoryBytes: number;
  /** Bytes that may wait in memory for a slow disk. Above this the oldest are lost. */
  burstBytes: number;
  /** The path of the file; called when it is created. */
  path: () => string;
  /** The file cannot be deleted. */
  onError: (error: unknown) => void;
  /** Where its memory comes from and returns to. Default: V8. */
  pool?: ChunkPool;
  /** Length of the first chunk of memory, up to {@link CHUNK_BYTES}. Default: for a short turn. */
  firstChunkBytes?: number;
}

/** Of spools that were discarded: 40 s of speech. */
const recycled = new ChunkPool(16);

interface Chunk {
  at: number;
  bytes: Uint8Array<ArrayBuffer>;
  used: number;
  /** A view of it was returned, so its memory is not reused. */
  isLent: boolean;
}

export function createSpool(options: SpoolOptions): Spool {
  return new ChunkedSpool(options);
}

/**
 * A spool without a file, whose memory the next one reuses after it was discarded: views of it are valid until then.
 * For turns one after the other: new memory for each would stay as garbage until V8 collects its old space, after many
 * MB.
 */
export function createRecyclingSpool(): Spool {
  return new ChunkedSpool({ ...IN_MEMORY, pool: recycled, firstChunkBytes: CHUNK_BYTES });
}

const IN_MEMORY: SpoolOptions = {
  memoryBytes: Number.POSITIVE_INFINITY,
  burstBytes: Number.POSITIVE_INFINITY,
  path: () => '',
  onError() {},
};

/**
 * A class, like everything that exists once for each stream and is used for each packet: a getter in an object literal
 * turns each such object into a hash table.
 */
class ChunkedSpool implements Spool {
  size = 0;
  memoryFrom = 0;
  memoryBytes = 0;
  firstAt = 0;
  readonly #options: SpoolOptions;
  readonly #chunks: Chunk[] = [];
  #file: { handle: SpoolFile; path: string } | undefined;
  #isSaved = false;
  #isOver = false;
  #writing: Promise<void> | undefined;
  /** Writes that read the chunks in memory. */
  #writes = 0;
  /** Reads in progress: the file is not closed under them. */
  readonly #reading = new Set<Promise<unknown>>();
  #failure: EarshotError | undefined;
  #waiting: (() => void)[] = [];
  /** The bytes that were read back last. */
  #loaded: { at: number; bytes: Uint8Array } | undefined;

  constructor(options: SpoolOptions) {
    this.#options = options;
  }

  get isBehind(): boolean {
    return this.#writing !== undefined && this.memoryBytes > this.#options.memoryBytes * BEHIND_FACTOR;
  }

  get #files(): SpoolFiles {
    if (!this.#options.files) throw new EarshotError('internal', 'This log has no file', '');
    return this.#options.files;
  }

  /** The newest one is not full yet. */
  get #isWritable(): boolean {
    return this.#chunks.length > 1 && this.memoryBytes > this.#options.memoryBytes;
  }

  caughtUp(): Promise<void> {
    return new Promise((resolve) => {
      if (this.isBehind) this.#waiting.push(resolve);
      else resolve();
    });
  }

  reserve(bytes: number): Uint8Array {
    let last = this.#chunks[this.#chunks.length - 1];
    if (!last || last.bytes.length - last.used < bytes) {
      last = { at: this.size, bytes: this.#newChunk(bytes), used: 0, isLent: false };
      this.#chunks.push(last);
    }
    const reserved = last.bytes.subarray(last.used, last.used + bytes);
    last.used += bytes;
    this.size += bytes;
    this.memoryBytes += bytes;
    if (this.#isWritable) this.#spill();
    return reserved;
  }

  view(at: number): Uint8Array | undefined {
    const chunks = this.#chunks;
    if (at < (chunks[0]?.at ?? this.size)) {
      const loaded = this.#loaded;
      const isLoaded = loaded && at >= loaded.at && at < loaded.at + loaded.bytes.length;
      return isLoaded ? loaded.bytes.subarray(at - loaded.at) : undefined;
    }
    // Mostly the newest bytes are read.
    let i = chunks.length - 1;
    while (i > 0 && (chunks[i]?.at ?? 0) > at) i--;
    const chunk = chunks[i];
    if (!chunk || at >= chunk.at + chunk.used) return undefined;
    chunk.isLent = true;
    return chunk.bytes.subarray(at - chunk.at, chunk.used);
  }

  async load(at: number): Promise<void> {
    const end = this.#chunks[0]?.at ?? this.size;
    if (at >= end && at < this.size) return;
    if (!this.#file || this.#isOver || at < this.firstAt || at >= end)
      throw this.#failure ?? new EarshotError('internal', 'There is no data at this position', '');
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

  forget(at: number): void {
    this.firstAt = Math.max(this.firstAt, Math.min(at, this.size));
    this.#dropForgotten();
  }

  async save(path: string): Promise<void> {
    await this.#writing;
    if (this.#failure) throw this.#failure;
    try {
      this.#file ??= { handle: await this.#files.create(`${path}.part`, true), path: `${path}.part` };
      if (this.#chunks.length > 0) await this.#writeChunks(this.#chunks);
      await this.#file.handle.publish(path);
      this.#isSaved = true;
    } catch (cause) {
      throw diskError(path, cause);
    }
  }

  discard(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const chunk of this.#chunks) this.#recycle(chunk);
    this.#chunks.length = 0;
    this.memoryFrom = this.size;
    this.#loaded = undefined;
    this.#close().catch(this.#options.onError);
  }

  #newChunk(bytes: number): Uint8Array<ArrayBuffer> {
    const { pool, firstChunkBytes } = this.#options;
    const length = Math.max(bytes, Math.min(CHUNK_BYTES, Math.max(firstChunkBytes ?? FIRST_CHUNK_BYTES, this.size)));
    return pool && length === CHUNK_BYTES ? pool.take() : new Uint8Array(length);
  }

  #spill(): void {
    this.#dropForgotten();
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
      const full = this.#chunks.slice(0, -1);
      await this.#writeChunks(full);
      for (const chunk of full) if (this.#chunks[0] === chunk) this.#shift();
      if (!this.isBehind) this.#release();
    }
  }

  async #writeChunks(full: readonly Chunk[]): Promise<void> {
    this.#writes += 1;
    try {
      await this.#writeAll(full);
    } finally {
      this.#writes -= 1;
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
      this.#file = { handle: await this.#files.create(path, false), path };
    } catch (cause) {
      throw diskError(path, cause);
    }
    return this.#file;
  }

  #shift(): Chunk | undefined {
    const chunk = this.#chunks.shift();
    if (!chunk) return undefined;
    this.memoryBytes -= chunk.used;
    this.memoryFrom = chunk.at + chunk.used;
    this.#recycle(chunk);
    return chunk;
  }

  /** Its memory is reused, unless somebody may still read it. */
  #recycle({ bytes, isLent }: Chunk): void {
    if (!isLent && this.#writes === 0) this.#options.pool?.give(bytes);
  }

  #dropForgotten(): void {
    const chunks = this.#chunks;
    for (let first = chunks[0]; first && chunks.length > 1 && first.at + first.used <= this.firstAt; first = chunks[0])
      this.#shift();
  }

  /** The disk is too slow or fails: the oldest bytes are lost, so that memory stays bounded. */
  #lose(): void {
    this.#failure ??= new EarshotError(
      'store_failed',
      'The disk is too slow to store a long turn',
      'Check which other programs use it.',
    );
    while (this.#chunks.length > 1 && this.memoryBytes > this.#options.memoryBytes) {
      const lost = this.#shift();
      if (lost) this.firstAt = lost.at + lost.used;
    }
  }

  async #close(): Promise<void> {
    await this.#writing;
    await Promise.allSettled(this.#reading);
    await this.#file?.handle.close();
    if (this.#file && !this.#isSaved) await this.#files.remove(this.#file.path);
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
