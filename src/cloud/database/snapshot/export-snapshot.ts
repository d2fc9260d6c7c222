/**
 * Writes a snapshot in Convex's format, as `npx convex export` does: a ZIP file with the documents of each table and the stored files. It reads
 * with a connection of its own from one point in time, also while the cloud runs, and holds a few documents in memory.
 *
 * As in Convex, scheduled functions and crons are no part of it. Documents that were set aside are none either.
 */
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { jsonToConvex, type Value } from 'convex/values';
import { openCatalog } from '../catalog.ts';
import { DATABASE_FILE, FILES_FOLDER } from '../open-database.ts';
import { STORAGE_TABLE } from '../schema.ts';
import { listSetAside } from '../set-aside.ts';
import { openSqlite, sqliteError } from '../sqlite.ts';
import type { Table } from '../table.ts';
import { textBatches } from '../table-texts.ts';
import { exportText } from './export-value.ts';

const README = `# A snapshot of an embedded cloud of Earshot

In the format of Convex's snapshot exports. The documents of each table are lines of JSON in TABLE/documents.jsonl, stored files are in
_storage/.

Import it with \`earshot cloud import FILE\`, or into a deployment of Convex with \`npx convex import FILE\`:
https://docs.convex.dev/database/import-export/import
`;

/** So that a file can be looked at. Nothing reads it. */
const EXTENSIONS: Record<string, string> = {
  'audio/ogg': '.oga',
  'audio/wav': '.wav',
  'audio/mpeg': '.mp3',
  'application/json': '.json',
  'text/plain': '.txt',
};

export interface SnapshotSummary {
  tables: number;
  documents: number;
  files: number;
  /** Of the files. */
  bytes: number;
  /** Documents that do not fit the schema, and are not in the snapshot. */
  setAside: number;
}

export interface ExportOptions {
  /** Of the database. */
  folder: string;
  output: NodeJS.WritableStream;
  onProgress?: (summary: Readonly<SnapshotSummary>) => void;
}

/** @throws EarshotError `store_failed`, or what the output rejects with */
export async function exportSnapshot({
  folder,
  output,
  onProgress = () => {},
}: ExportOptions): Promise<SnapshotSummary> {
  const path = join(folder, DATABASE_FILE);
  const sql = await openSqlite(path, { isDurable: false, isReadonly: true });
  try {
    // All that follows reads what is there now.
    sql.exec('BEGIN');
    const catalog = openCatalog(sql, new Map());
    const summary = { tables: 0, documents: 0, files: 0, bytes: 0, setAside: 0 };
    for (const { count } of listSetAside(sql)) summary.setAside += count;
    const { ZipFile } = await import('yazl');
    const zip = new ZipFile();
    const failed = new Promise<never>((_, reject) => zip.on('error', reject));
    const add = (name: string, lines: () => Iterable<string>) =>
      zip.addReadStreamLazy(name, (give) => give(null, Readable.from(lines(), { objectMode: false })));

    zip.addBuffer(Buffer.from(README), 'README.md');
    const tables = [...catalog.tables()]
      .filter(({ name }) => !name.startsWith('_'))
      .sort((a, b) => a.number - b.number);
    add('_tables/documents.jsonl', () => tables.map(({ name, number }) => `${JSON.stringify({ name, id: number })}\n`));
    for (const table of tables) {
      add(`${table.name}/documents.jsonl`, () => documentsOf(table));
      zip.addBuffer(Buffer.from('"uniform"\n'), `${table.name}/generated_schema.jsonl`);
    }
    const storage = catalog.table(STORAGE_TABLE);
    const gone = new Set<string>();
    for (const file of storage ? storedFiles(storage) : []) {
      const extension = EXTENSIONS[file.contentType?.split(';')[0] ?? ''] ?? '';
      zip.addReadStreamLazy(`${STORAGE_TABLE}/${file._id}${extension}`, (give) => give(null, contentOf(file)));
    }
    // After the files: what was deleted meanwhile is left out.
    if (storage) add(`${STORAGE_TABLE}/documents.jsonl`, () => filesOf(storage));
    zip.end();
    await Promise.race([pipeline(zip.outputStream, output), failed]);
    return summary;

    function* documentsOf(table: Table): Generator<string> {
      summary.tables++;
      for (const texts of textBatches(table)) {
        summary.documents += texts.length;
        onProgress(summary);
        yield texts.map((text) => `${exportText(jsonToConvex(JSON.parse(text)) as Value)}\n`).join('');
      }
    }

    function contentOf(file: StoredFileRow): Readable {
      const place = join(folder, FILES_FOLDER, file._id);
      if (!existsSync(place)) {
        gone.add(file._id);
        return Readable.from([]);
      }
      summary.files++;
      summary.bytes += file.size;
      onProgress(summary);
      return createReadStream(place);
    }

    function* filesOf(storage: Table): Generator<string> {
      for (const file of storedFiles(storage)) if (!gone.has(file._id)) yield `${JSON.stringify(file)}\n`;
    }
  } catch (cause) {
    throw sqliteError(path, cause);
  } finally {
    sql.close();
  }
}

interface StoredFileRow {
  _id: string;
  _creationTime: number;
  sha256: string;
  size: number;
  contentType?: string;
}

function* storedFiles(storage: Table): Generator<StoredFileRow> {
  for (const texts of textBatches(storage)) for (const text of texts) yield JSON.parse(text) as StoredFileRow;
}
