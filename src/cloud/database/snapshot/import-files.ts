/** The stored files of a snapshot: checked against their SHA-256, and on the disk before their rows are committed. */
import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, rmSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { syncFolder } from '../../../core/files/atomic-write.ts';
import { diskError } from '../../../core/files/disk-errors.ts';
import { PRIVATE_FILE } from '../../../core/files/private-files.ts';
import type { Document } from '../field-path.ts';
import type { Archive } from './read-archive.ts';
import { refused, type SnapshotParts } from './snapshot-parts.ts';

export interface ImportedFiles {
  rows: Document[];
  bytes: number;
  /** Takes back what was written. */
  remove(): void;
}

/** @throws EarshotError; then nothing is left */
export async function importFiles(archive: Archive, parts: SnapshotParts, folder: string): Promise<ImportedFiles> {
  const rows: Document[] = [];
  const written: string[] = [];
  let bytes = 0;
  const remove = () => {
    for (const path of written) rmSync(path, { force: true });
  };
  try {
    for await (const line of parts.fileRows ? archive.lines(parts.fileRows) : []) {
      const row = rowOf(line);
      const entry = parts.files.get(row._id);
      if (!entry) throw refused(`the file ${row._id} is missing in it`);
      const path = join(folder, row._id);
      if (!existsSync(path)) written.push(path);
      const received = await receive(await archive.read(entry), path);
      if (row.sha256 !== undefined && row.sha256 !== received.sha256) {
        throw refused(`the file ${row._id} is not the one that was exported: its SHA-256 is another`);
      }
      bytes += received.bytes;
      const { _creationTime, contentType } = row;
      rows.push({
        _id: row._id,
        ...(_creationTime !== undefined && { _creationTime }),
        ...(typeof contentType === 'string' && { contentType }),
        sha256: received.sha256,
        size: received.bytes,
      });
    }
    if (rows.length > 0) await syncFolder(folder);
    return { rows, bytes, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

interface FileRow {
  _id: string;
  _creationTime?: number;
  sha256?: string;
  contentType?: string | null;
}

function rowOf(line: string): FileRow {
  try {
    const row = JSON.parse(line) as FileRow;
    if (typeof row._id === 'string') return row;
  } catch {
    // Told below.
  }
  throw refused(`a row of _storage is none: ${line.slice(0, 80)}`);
}

/** Beside its place first: a file that is there is never half of one. */
async function receive(content: AsyncIterable<Buffer>, path: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  const part = `${path}.part`;
  let bytes = 0;
  async function* hashed(): AsyncGenerator<Buffer> {
    for await (const chunk of content) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  }
  try {
    await pipeline(hashed, createWriteStream(part, { ...PRIVATE_FILE, flush: true }));
    await rename(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw diskErrorOr(path, error);
  }
  return { sha256: hash.digest('base64'), bytes };
}

function diskErrorOr(path: string, error: unknown): unknown {
  return error instanceof Error && 'syscall' in error ? diskError(path, error) : error;
}
