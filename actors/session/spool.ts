/**
 * An append-only log of bytes of which the newest are in memory and the rest in a file: what a long turn consists of. Appending
 * copies into memory and nothing more; the file is written in the background, in pieces. A log that stays small never has one.
 */
import type { FileHandle } from 'node:fs/promises';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EarshotError } from '../../src/errors.ts';
import { diskError, PRIVATE_FILE } from '../../src/private-files.ts';

/** The first piece of memory is small: most turns are. */
const FIRST_CHUNK_BYTES = 2 * 1_024;
const CHUNK_BYTES = 16 * 1_024;
/** What is read back at a time: more than the longest record. */
const READ_BYTES = 32 * 1_024;
/** How often the limit waits for the disk before whoever appends should wait, too. */
const BEHIND_FACTOR = 2;

export interface Spool {
  /** Bytes that were appended. */
  readonly size: number;
  readonly memoryBytes: number;
  /** Appends so many bytes, which the caller fills at once. They lie together in memory, and in one piece of a view. */
  reserve(bytes: number): Uint8Array;
  /** What is in memory from `at` on, at least one reservation; undefined where it has to be loaded first. */
  view(at: number): Uint8Array | undefined;
  /** Makes a view from `at` possible. @throws EarshotError (by rejection) when it is lost */
  load(at: number): Promise<void>;
  /** The first position that is not lost or forgotten. */
  readonly firstAt: number;
  /** The disk is slower than what is appended: wait for {@link caughtUp}, if you can. */
  readonly isBehind: boolean;
  caughtUp(): Promise<void>;
  /** Nothing before `at` will be read any more: it need not be written. */
  forget(at: number): void;
  /** Puts all of it into a file of its own, durably: the same file, if there is one. @throws EarshotError (by rejection) */
  save(path: string): Promise<void>;
  /** Nobody needs it any more. Its file goes, unless it was saved. */
  discard(): void;
}

export interface SpoolOptions {
  /** Bytes in memory; Infinity: all. */
  memoryBytes: number;
  /** Bytes that may wait in memory for a slow disk; of what is more the oldest is lost. */
  burstBytes: number;
  /** Where its file will be. Asked when there is one. */
  path: () => string;
  /** The file can't be removed. */
  onError: (error: unknown) => void;
}

interface Chunk {
  at: number;
  bytes: Uint8Array<ArrayBuffer>;
  used: number;
}

export function createSpool({ memoryBytes: limit, burstBytes, path: makePath, onError }: SpoolOptions): Spool {
  const chunks: Chunk[] = [];
  let size = 0;
  let memoryBytes = 0;
  let firstAt = 0;
  let file: { handle: FileHandle; path: string } | undefined;
  let isSaved = false;
  let isOver = false;
  let writing: Promise<void> | undefined;
  let failure: EarshotError | undefined;
  const waiting: (() => void)[] = [];
  let cache: { at: number; bytes: Uint8Array } | undefined;

  /** The newest one is still filled. */
  const isWritable = () => chunks.length > 1 && memoryBytes > limit;

  function reserve(bytes: number): Uint8Array {
    let last = chunks.at(-1);
    if (!last || last.bytes.length - last.used < bytes) {
      const capacity = Math.max(bytes, Math.min(CHUNK_BYTES, Math.max(FIRST_CHUNK_BYTES, size)));
      last = { at: size, bytes: new Uint8Array(capacity), used: 0 };
      chunks.push(last);
    }
    const reserved = last.bytes.subarray(last.used, last.used + bytes);
    last.used += bytes;
    size += bytes;
    memoryBytes += bytes;
    if (isWritable()) spill();
    return reserved;
  }

  function spill(): void {
    dropForgotten();
    if (memoryBytes > burstBytes) lose();
    if (writing || failure || !isWritable()) return;
    writing = write()
      .catch((cause) => {
        failure = diskError(file?.path ?? 'a spool file', cause);
      })
      .finally(() => {
        writing = undefined;
        release();
      });
  }

  async function write(): Promise<void> {
    while (isWritable() && !isOver) {
      const full = chunks.slice(0, -1);
      await writeChunks(full);
      for (const chunk of full) if (chunks[0] === chunk) shift();
      if (!isBehind()) release();
    }
  }

  async function writeChunks(full: readonly Chunk[]): Promise<void> {
    const { handle } = await opened();
    let rest = full.map(({ bytes, used }) => bytes.subarray(0, used));
    for (let at = full[0]?.at ?? 0; rest.length > 0; ) {
      const { bytesWritten } = await handle.writev(rest, at);
      at += bytesWritten;
      rest = withoutFirst(rest, bytesWritten);
    }
  }

  const isBehind = () => writing !== undefined && memoryBytes > limit * BEHIND_FACTOR;

  /** Nobody has to wait for the disk any more. */
  function release(): void {
    for (const resolve of waiting.splice(0)) resolve();
  }

  async function opened(): Promise<{ handle: FileHandle; path: string }> {
    if (file) return file;
    const path = makePath();
    try {
      file = { handle: await open(path, 'wx+', PRIVATE_FILE.mode), path };
    } catch (cause) {
      throw diskError(path, cause);
    }
    return file;
  }

  function shift(): Chunk | undefined {
    const chunk = chunks.shift();
    memoryBytes -= chunk?.used ?? 0;
    return chunk;
  }

  function dropForgotten(): void {
    for (let first = chunks[0]; first && chunks.length > 1 && first.at + first.used <= firstAt; first = chunks[0])
      shift();
  }

  /** The disk is too slow, or does not work: the oldest are lost, so that memory stays bounded. */
  function lose(): void {
    failure ??= new EarshotError('store_failed', 'The disk is too slow to keep a long turn', 'See what else uses it.');
    while (chunks.length > 1 && memoryBytes > limit) {
      const lost = shift();
      if (lost) firstAt = lost.at + lost.used;
    }
  }

  function view(at: number): Uint8Array | undefined {
    const oldest = chunks[0]?.at ?? size;
    if (at < oldest)
      return cache && at >= cache.at && at < cache.at + cache.bytes.length
        ? cache.bytes.subarray(at - cache.at)
        : undefined;
    const chunk = chunks.findLast((each) => each.at <= at);
    return chunk && at < chunk.at + chunk.used ? chunk.bytes.subarray(at - chunk.at, chunk.used) : undefined;
  }

  return {
    get size() {
      return size;
    },
    get memoryBytes() {
      return memoryBytes;
    },
    get firstAt() {
      return firstAt;
    },
    get isBehind() {
      return isBehind();
    },
    caughtUp: () => new Promise((resolve) => (isBehind() ? waiting.push(resolve) : resolve())),
    reserve,
    view,
    async load(at) {
      const end = chunks[0]?.at ?? size;
      if (at >= end && at < size) return;
      if (!file || at < firstAt || at >= end)
        throw failure ?? new EarshotError('internal', 'Nothing is kept there', '');
      const bytes = new Uint8Array(Math.min(READ_BYTES, end - at));
      const { bytesRead } = await file.handle.read(bytes, 0, bytes.length, at);
      cache = { at, bytes: bytes.subarray(0, bytesRead) };
    },
    forget(at) {
      firstAt = Math.max(firstAt, Math.min(at, size));
      dropForgotten();
    },
    async save(path) {
      await writing;
      if (failure) throw failure;
      try {
        file ??= { handle: await open(`${path}.part`, 'w+', PRIVATE_FILE.mode), path: `${path}.part` };
        if (chunks.length > 0) await writeChunks(chunks);
        await file.handle.sync();
        await rename(file.path, path);
        isSaved = true;
        await syncFolder(dirname(path));
      } catch (cause) {
        throw diskError(path, cause);
      }
    },
    discard() {
      if (isOver) return;
      isOver = true;
      chunks.length = 0;
      cache = undefined;
      close().catch(onError);
    },
  };

  async function close(): Promise<void> {
    await writing;
    await file?.handle.close();
    if (file && !isSaved) await rm(file.path, { force: true });
  }
}

/** What is left of pieces of which so many bytes are written. */
function withoutFirst(pieces: Uint8Array<ArrayBuffer>[], bytes: number): Uint8Array<ArrayBuffer>[] {
  let written = bytes;
  return pieces.flatMap((piece) => {
    const done = Math.min(written, piece.length);
    written -= done;
    return done === piece.length ? [] : [piece.subarray(done)];
  });
}

/** A name in a folder is durable when the folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
