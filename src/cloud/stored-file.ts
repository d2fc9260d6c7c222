/**
 * A file whose content is on the disk. convex-test would hold it in memory instead, also when it has been deleted.
 */
import { createWriteStream, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { PRIVATE_FILE } from '../core/files/private-files.ts';

export class StoredFile extends Blob {
  /** Where it is; it may be moved. */
  path: string;
  override readonly size: number;

  constructor(path: string, bytes: number, type: string) {
    super([], { type });
    this.path = path;
    this.size = bytes;
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    const { buffer, byteOffset, length } = await readFile(this.path);
    // Small ones lie in a block that others share.
    return length === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + length);
  }
}

/** Writes to the disk what comes, whole or not at all. @throws what `tooLarge` makes, or the system's error */
export async function receiveFile(
  chunks: AsyncIterable<Buffer>,
  { path, type, maxBytes, tooLarge }: { path: string; type: string; maxBytes: number; tooLarge: () => Error },
): Promise<StoredFile> {
  let bytes = 0;
  async function* limited(): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge();
      yield chunk;
    }
  }
  try {
    await pipeline(limited, createWriteStream(path, PRIVATE_FILE));
    return new StoredFile(path, bytes, type);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}
