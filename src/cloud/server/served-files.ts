/**
 * The files of the cloud as HTTP sees them: by names that cannot be guessed, with limits on one file and on all.
 */
import type { Limits } from '../../core/limits/limits.ts';
import type { Database } from '../database/database.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { DiskFiles } from './disk-files.ts';
import type { FileNames } from './file-names.ts';
import { HttpError, tooLarge } from './http-answer.ts';
import { MAX_FILE_BYTES, type ServedFiles } from './storage.ts';

/** The part of the room for files that is made free at once, so that not every file has to look for room. */
const SPARE = 1 / 20;
/** convex/storage.ts: deletes the oldest recordings of the device with the most bytes. */
const MAKE_ROOM = 'storage:makeRoom';

export interface ServedFilesOptions {
  disk: DiskFiles;
  database: Database;
  runtime: Pick<Runtime, 'mutation'>;
  names: FileNames;
  limits: Pick<Limits, 'cloudFileBytes'>;
  onError: (error: unknown) => void;
}

export function createServedFiles({
  disk,
  database,
  runtime,
  names,
  limits,
  onError,
}: ServedFilesOptions): ServedFiles {
  async function makeRoom(): Promise<void> {
    const tooMany = (await disk.totalBytes()) - limits.cloudFileBytes;
    if (tooMany <= 0) return;
    let bytes = Math.ceil(tooMany + limits.cloudFileBytes * SPARE);
    while (bytes > 0) {
      const outcome = await runtime.mutation(MAKE_ROOM, { bytes }, { identity: null, isAdmin: true });
      if (!outcome.ok) return onError(new Error(outcome.message));
      const freed = Number(outcome.text);
      if (freed === 0) return;
      bytes -= freed;
    }
  }

  return {
    async store(content, contentType, sha256) {
      const file = await disk.receiveStream(limited(content), contentType);
      let id: string;
      try {
        if (sha256 !== undefined && sha256 !== file.sha256) {
          throw new HttpError(400, 'BadDigest', `The SHA-256 of the file is ${file.sha256}, not ${sha256}.`);
        }
        id = await database.write(async (writer) => disk.add(writer, file));
      } catch (error) {
        disk.discard(file);
        throw error;
      }
      // The file has its row now: it stays, also when there is no room to be made.
      await makeRoom().catch(onError);
      return id;
    },
    async find(name) {
      const id = names.idOf(name);
      return id === undefined ? undefined : await disk.find(id);
    },
  };
}

async function* limited(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    if (bytes > MAX_FILE_BYTES) throw tooLarge(MAX_FILE_BYTES);
    yield chunk;
  }
}
