/** System calls of `ctx.storage`. In an action each is a transaction of its own. */
import type { Database, Reader, Writer } from '../database/database.ts';
import type { Execution, SystemCall, ValueCall } from './execution.ts';
import type { FileStore, ReceivedFile } from './file-store.ts';
import { asText } from './values.ts';

const STORAGE = '_storage';

export function storageCalls(database: Database, files: FileStore): Record<string, SystemCall> {
  return {
    storageGetUrl: (execution, { storageId }) =>
      reading(database, execution, (reader) => asText(reader.get(storageId, STORAGE) ? files.urlOf(storageId) : null)),
    storageGetMetadata: (execution, { storageId }) =>
      reading(database, execution, (reader) => metadataText(storageId, reader.get(storageId, STORAGE))),
    storageGenerateUploadUrl(execution) {
      if (execution.kind === 'query') throw new Error('A query cannot write. Use a mutation.');
      return asText(files.uploadUrl());
    },
    async storageDelete(execution, { storageId }) {
      await writing(database, execution, (writer) => files.remove(writer, storageId));
      return 'null';
    },
    /** Of a mutation; actions send the Blob itself. */
    async storageStore(execution, { blob, contentType, sha256 }) {
      const content = new Blob([Buffer.from(blob, 'base64')], { type: contentType ?? '' });
      return asText(await store(database, files, execution, content, sha256));
    },
    async storageGet(_execution, { storageId }) {
      const file = await files.read(storageId);
      if (!file) return 'null';
      return asText({
        blob: Buffer.from(await file.arrayBuffer()).toString('base64'),
        contentType: file.type || null,
      });
    },
  };
}

export function storageValues(database: Database, files: FileStore): Record<string, ValueCall> {
  return {
    'storage/storeBlob': (execution, { blob, options }) => store(database, files, execution, blob, options?.sha256),
    'storage/getBlob': async (_execution, { storageId }) => (await files.read(storageId)) ?? null,
  };
}

async function store(
  database: Database,
  files: FileStore,
  execution: Execution,
  content: Blob,
  sha256: string | undefined,
): Promise<string> {
  if (execution.kind === 'query') throw new Error('A query cannot write. Use a mutation.');
  const file = await files.receive(content);
  try {
    checkDigest(file, sha256);
    return await writing(database, execution, (writer) => files.add(writer, file));
  } catch (error) {
    files.discard(file);
    throw error;
  }
}

/** In base64 or in hex, as Convex accepts it. */
function checkDigest(file: ReceivedFile, expected: string | undefined): void {
  if (expected === undefined || expected === file.sha256 || expected === hexOf(file.sha256)) return;
  throw new Error(`The file's SHA-256 is ${file.sha256}, not ${expected}: it is incomplete or changed.`);
}

function metadataText(storageId: string, document: string | undefined): string {
  if (document === undefined) return 'null';
  const { size, sha256, contentType } = JSON.parse(document);
  return asText({ storageId, sha256: hexOf(sha256), size, contentType: contentType ?? null });
}

/** `getMetadata` has the digest in hex, `_storage` in base64. */
function hexOf(sha256: string): string {
  return Buffer.from(sha256, 'base64').toString('hex');
}

function reading(
  database: Database,
  { reader }: Execution,
  work: (reader: Reader) => string,
): string | Promise<string> {
  return reader ? work(reader) : database.read(async (own) => work(own));
}

async function writing<T>(database: Database, { writer, kind }: Execution, work: (writer: Writer) => T): Promise<T> {
  if (writer) return work(writer);
  if (kind === 'query') throw new Error('A query cannot write. Use a mutation.');
  return await database.write(async (own) => work(own));
}
