/**
 * What functions do with files. The bytes are on the disk, the metadata is a row of `_storage`: a file is there from the commit of its row on,
 * until the commit that deletes the row.
 */
import type { Writer } from '../database/database.ts';

export interface FileStore {
  /** Writes the bytes to the disk. Nobody can read them until a transaction adds the file. */
  receive(content: Blob): Promise<ReceivedFile>;
  /** Adds its row. @returns its storage id */
  add(writer: Writer, file: ReceivedFile): string;
  /** Of a file that will not be added. */
  discard(file: ReceivedFile): void;
  /** Deletes the row, and the bytes after the commit. @throws if there is no such file */
  remove(writer: Writer, id: string): void;
  /** Undefined: there is none. */
  read(id: string): Promise<Blob | undefined>;
  /** Where it is fetched. */
  urlOf(id: string): string;
  /** Where a new file may be sent to, once. */
  uploadUrl(): string;
}

export interface ReceivedFile {
  /** SHA-256 in base64. */
  sha256: string;
  bytes: number;
  contentType: string | null;
}
