/**
 * The files of the cloud: the bytes on the disk, one row of `_storage` for each. A file is there from the commit of its row until the
 * commit that deletes the row. What a process that died left without a row is deleted at the next start.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  createWriteStream,
  fsyncSync,
  openAsBlob,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { PRIVATE_FILE } from '../../core/files/private-files.ts';
import { openPrivateFolder } from '../../core/files/private-folder.ts';
import type { Log } from '../../core/log/log.ts';
import type { Database, Writer } from '../database/database.ts';
import type { FileStore, ReceivedFile } from '../runtime/file-store.ts';

const TABLE = '_storage';
/** Names of files that have no row yet. */
const RECEIVED = 'received-';

/** A file on the disk that has a row. */
export interface DiskFile {
  path: string;
  bytes: number;
  contentType: string | null;
  /** SHA-256 in Base64. */
  sha256: string;
}

export interface DiskFiles extends FileStore {
  /** Writes what comes to the disk, whole or not at all. @throws what `content` throws, or the system's error */
  receiveStream(content: AsyncIterable<Uint8Array>, contentType: string | null): Promise<ReceivedFile>;
  find(id: string): Promise<DiskFile | undefined>;
  /** Of all files. */
  totalBytes(): Promise<number>;
}

export interface DiskFilesOptions {
  /** Made if it is not there. */
  folder: string;
  database: Database;
  log: Log;
  urlOf: (id: string) => string;
  uploadUrl: () => string;
}

/** Where a received file is, until its row gives it a name. */
interface Received extends ReceivedFile {
  path: string;
}

export function openDiskFiles({ folder, database, log, urlOf, uploadUrl }: DiskFilesOptions): DiskFiles {
  openPrivateFolder(folder);
  const placeOf = (id: string) => join(folder, id);
  const receiving = new Set<string>();
  let total = 0;
  const left = new Set(readdirSync(folder));
  let missing = 0;
  for (const { id, bytes } of database.storedFiles()) {
    total += bytes;
    if (!left.delete(id)) missing++;
  }
  for (const name of left) rmSync(placeOf(name), { recursive: true, force: true });
  if (missing > 0) log.warn('Stored files have no content on the disk any more', { files: missing, folder });

  async function receiveStream(content: AsyncIterable<Uint8Array>, contentType: string | null): Promise<ReceivedFile> {
    const name = `${RECEIVED}${randomUUID()}`;
    const path = placeOf(name);
    const hash = createHash('sha256');
    let bytes = 0;
    receiving.add(name);
    try {
      await pipeline(
        async function* () {
          for await (const chunk of content) {
            hash.update(chunk);
            bytes += chunk.length;
            yield chunk;
          }
        },
        // On the disk before the row that names it.
        createWriteStream(path, { ...PRIVATE_FILE, flush: true }),
      );
      return { path, bytes, contentType, sha256: hash.digest('base64') } as Received;
    } catch (error) {
      rmSync(path, { force: true });
      receiving.delete(name);
      throw error;
    }
  }

  async function find(id: string): Promise<DiskFile | undefined> {
    const text = await database.read(async (reader) => {
      const own = reader.normalizeId(TABLE, id);
      return own === null ? undefined : reader.get(own, TABLE);
    });
    if (text === undefined) return undefined;
    const { _id, size, sha256, contentType } = JSON.parse(text);
    return { path: placeOf(_id), bytes: size, contentType: contentType ?? null, sha256 };
  }

  return {
    urlOf,
    uploadUrl,
    receiveStream,
    receive: (content) => receiveStream(content.stream() as AsyncIterable<Uint8Array>, content.type || null),
    add(writer: Writer, file: ReceivedFile) {
      const received = file as Received;
      const { bytes, sha256, contentType } = received;
      const id = writer.insert(TABLE, { sha256, size: bytes, ...(contentType !== null && { contentType }) });
      const path = placeOf(id);
      renameSync(received.path, path);
      receiving.delete(nameOf(received.path));
      received.path = path;
      syncFolder(folder);
      writer.afterCommit(() => {
        total += bytes;
      });
      return id;
    },
    discard(file) {
      const { path } = file as Received;
      rmSync(path, { force: true });
      receiving.delete(nameOf(path));
    },
    remove(writer, id) {
      const text = writer.get(id, TABLE);
      if (text === undefined) throw new Error(`storage id ${id} not found`);
      const { _id, size } = JSON.parse(text) as { _id: string; size: number };
      writer.remove(_id, TABLE);
      writer.afterCommit(() => {
        total -= size;
        rmSync(placeOf(_id), { force: true });
      });
    },
    async read(id) {
      const file = await find(id);
      return file && (await openAsBlob(file.path, { type: file.contentType ?? '' }));
    },
    find,
    async totalBytes() {
      return total;
    },
  };
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The new name is on the disk, too. */
function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
