/** The files of a simulated cloud, in memory. */
import { createHash } from 'node:crypto';
import type { FileStore, ReceivedFile } from '../../src/cloud/runtime/file-store.ts';

const TABLE = '_storage';

export interface MemoryCloudFiles extends FileStore {
  keep(bytes: Uint8Array): ReceivedFile;
  bytesOf(id: string): Uint8Array | undefined;
  count(): number;
}

interface Received extends ReceivedFile {
  content: Uint8Array;
}

export function memoryCloudFiles(): MemoryCloudFiles {
  const files = new Map<string, Uint8Array>();

  function keep(content: Uint8Array): Received {
    const sha256 = createHash('sha256').update(content).digest('base64');
    return { content, sha256, bytes: content.length, contentType: 'audio/ogg' };
  }

  return {
    keep,
    bytesOf: (id) => files.get(id),
    count: () => files.size,
    receive: async (content) => keep(new Uint8Array(await content.arrayBuffer())),
    add(writer, file) {
      const { sha256, bytes, contentType, content } = file as Received;
      const id = writer.insert(TABLE, { sha256, size: bytes, ...(contentType !== null && { contentType }) });
      writer.afterCommit(() => files.set(id, content));
      return id;
    },
    discard() {},
    remove(writer, id) {
      if (writer.get(id, TABLE) === undefined) throw new Error(`storage id ${id} not found`);
      writer.remove(id, TABLE);
      writer.afterCommit(() => files.delete(id));
    },
    async read(id) {
      const bytes = files.get(id);
      return bytes && new Blob([bytes as Uint8Array<ArrayBuffer>]);
    },
    urlOf: (id) => `http://cloud.invalid/${id}`,
    uploadUrl: () => 'http://cloud.invalid/upload',
  };
}
