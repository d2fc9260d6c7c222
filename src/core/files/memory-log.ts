/**
 * An append-only log of bytes in memory. Appending only copies. What is not needed any more is released from its beginning.
 */
import { EarshotError } from '../errors.ts';
import { CHUNK_BYTES, ChunkPool } from './chunk-pool.ts';

/** The first piece of memory is small, because most turns are. */
const FIRST_CHUNK_BYTES = 2 * 1_024;

export interface ByteLog {
  /** Bytes appended so far. */
  readonly size: number;
  /** The first position in memory. Reservations before it are invalid: their memory may be reused. */
  readonly memoryFrom: number;
  readonly memoryBytes: number;
  /** The first position that is neither lost nor released. */
  readonly firstAt: number;
  /** Appends this many bytes, which the caller fills at once. They are contiguous in memory, and in one piece of a view. */
  reserve(bytes: number): Uint8Array;
  /** The bytes in memory from `at` on, at least one reservation; undefined when they have to be loaded first. */
  view(at: number): Uint8Array | undefined;
  /** Loads the bytes from `at` on; nothing, if the log is discarded meanwhile. @throws EarshotError (by rejection) when they are lost */
  load(at: number): Promise<void>;
  /** Releases the bytes before `at`: they will not be read any more. */
  forget(at: number): void;
  /** Discards the log. */
  discard(): void;
}

export interface Chunk {
  at: number;
  bytes: Uint8Array<ArrayBuffer>;
  used: number;
  /** A view of it was returned, so its memory is not reused. */
  isLent: boolean;
}

export interface MemoryLogOptions {
  /** Where its memory comes from and returns to. Default: V8. */
  pool?: ChunkPool;
  /** Length of the first chunk of memory, up to {@link CHUNK_BYTES}. Default: for a short turn. */
  firstChunkBytes?: number;
}

/** Of logs that were discarded: 40 s of speech. */
const recycled: MemoryLogOptions = { pool: new ChunkPool(16), firstChunkBytes: CHUNK_BYTES };

/**
 * Its memory is reused by the next one after it was discarded: views of it are valid until then. For turns one after the other: new memory
 * for each would stay as garbage until V8 collects its old space, after many MB.
 */
export function createRecyclingLog(): ByteLog {
  return new MemoryLog(recycled);
}

/**
 * A class, like everything that exists once for each stream and is used for each packet: a getter in an object literal
 * turns each such object into a hash table.
 */
export class MemoryLog implements ByteLog {
  size = 0;
  memoryFrom = 0;
  memoryBytes = 0;
  firstAt = 0;
  protected readonly chunks: Chunk[] = [];
  /** Those who read the chunks now: meanwhile no memory is reused. */
  protected readers = 0;
  readonly #pool: ChunkPool | undefined;
  readonly #firstChunkBytes: number;

  constructor({ pool, firstChunkBytes = FIRST_CHUNK_BYTES }: MemoryLogOptions) {
    this.#pool = pool;
    this.#firstChunkBytes = firstChunkBytes;
  }

  reserve(bytes: number): Uint8Array {
    let last = this.chunks[this.chunks.length - 1];
    if (!last || last.bytes.length - last.used < bytes) {
      last = { at: this.size, bytes: this.#newChunk(bytes), used: 0, isLent: false };
      this.chunks.push(last);
    }
    const reserved = last.bytes.subarray(last.used, last.used + bytes);
    last.used += bytes;
    this.size += bytes;
    this.memoryBytes += bytes;
    return reserved;
  }

  view(at: number): Uint8Array | undefined {
    const { chunks } = this;
    // Mostly the newest bytes are read.
    let i = chunks.length - 1;
    while (i > 0 && (chunks[i]?.at ?? 0) > at) i--;
    const chunk = chunks[i];
    if (!chunk || at < chunk.at || at >= chunk.at + chunk.used) return undefined;
    chunk.isLent = true;
    return chunk.bytes.subarray(at - chunk.at, chunk.used);
  }

  async load(at: number): Promise<void> {
    if (at < this.inMemoryFrom || at >= this.size)
      throw new EarshotError('internal', 'There is no data at this position', '');
  }

  forget(at: number): void {
    this.firstAt = Math.max(this.firstAt, Math.min(at, this.size));
    this.dropForgotten();
  }

  discard(): void {
    for (const chunk of this.chunks) this.#recycle(chunk);
    this.chunks.length = 0;
    this.memoryFrom = this.size;
  }

  /** The position of the first chunk. */
  protected get inMemoryFrom(): number {
    return this.chunks[0]?.at ?? this.size;
  }

  protected shift(): Chunk | undefined {
    const chunk = this.chunks.shift();
    if (!chunk) return undefined;
    this.memoryBytes -= chunk.used;
    this.memoryFrom = chunk.at + chunk.used;
    this.#recycle(chunk);
    return chunk;
  }

  protected dropForgotten(): void {
    const { chunks } = this;
    for (let first = chunks[0]; first && chunks.length > 1 && first.at + first.used <= this.firstAt; first = chunks[0])
      this.shift();
  }

  #newChunk(bytes: number): Uint8Array<ArrayBuffer> {
    const length = Math.max(bytes, Math.min(CHUNK_BYTES, Math.max(this.#firstChunkBytes, this.size)));
    return this.#pool && length === CHUNK_BYTES ? this.#pool.take() : new Uint8Array(length);
  }

  /** Its memory is reused, unless somebody may still read it. */
  #recycle({ bytes, isLent }: Chunk): void {
    if (!isLent && this.readers === 0) this.#pool?.give(bytes);
  }
}
