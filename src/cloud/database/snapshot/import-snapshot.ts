/**
 * Imports a snapshot in Convex's format, as `npx convex import` does: all of it, or nothing. Documents keep their ids and creation times, files
 * their ids. It works on the folder of a cloud that does not run: its caller holds the lock of the folder.
 */
import { randomBytes } from 'node:crypto';
import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { GenericSchema } from 'convex/server';
import type { Value } from 'convex/values';
import { EarshotError, messageOf } from '../../../core/errors.ts';
import { openPrivateFolder } from '../../../core/files/private-folder.ts';
import { type Clock, systemClock } from '../../../core/time/clock.ts';
import { type Catalog, openCatalog, tableOfId } from '../catalog.ts';
import { CONVEX_LIMITS } from '../convex-limits.ts';
import { createCreationTimes } from '../creation-times.ts';
import { prepareFile } from '../database-file.ts';
import { checkDocument } from '../document-check.ts';
import { decodeId, encodeId, INTERNAL_ID_BYTES } from '../document-id.ts';
import type { Document } from '../field-path.ts';
import { idKey } from '../index-key.ts';
import { insertDocument } from '../index-writes.ts';
import { DATABASE_FILE, FILES_FOLDER } from '../open-database.ts';
import { type DeployedSchema, readTables, STORAGE_TABLE } from '../schema.ts';
import { applyIndexes } from '../schema-indexes.ts';
import { openSqlite, type Sqlite, sqliteError } from '../sqlite.ts';
import type { Table } from '../table.ts';
import type { SnapshotSummary } from './export-snapshot.ts';
import { importValue } from './export-value.ts';
import { importFiles } from './import-files.ts';
import { type ImportMode, placeTables } from './place-tables.ts';
import { type Archive, openArchive } from './read-archive.ts';
import { refused, type SnapshotParts, snapshotParts } from './snapshot-parts.ts';

export interface ImportOptions {
  /** Of the database; made if it is not there. */
  folder: string;
  /** The snapshot. */
  path: string;
  mode: ImportMode;
  schema: DeployedSchema;
  systemTables: GenericSchema;
  clock?: Clock;
  onProgress?: (summary: Readonly<SnapshotSummary>) => void;
}

interface Import {
  sql: Sqlite;
  catalog: Catalog;
  archive: Archive;
  parts: SnapshotParts;
  summary: SnapshotSummary;
  nextCreationTime: () => number;
  onProgress: (summary: Readonly<SnapshotSummary>) => void;
}

/** @throws EarshotError `file_unreadable` (damaged, or does not fit), `store_full`, `store_failed` */
export async function importSnapshot(options: ImportOptions): Promise<SnapshotSummary> {
  const { folder, path, mode, schema, systemTables, clock = systemClock, onProgress = () => {} } = options;
  openPrivateFolder(folder);
  openPrivateFolder(join(folder, FILES_FOLDER));
  const archive = await openArchive(path);
  const database = join(folder, DATABASE_FILE);
  try {
    const parts = snapshotParts(archive.entries);
    checkRoom(folder, archive.bytes);
    const sql = await openSqlite(database, { isDurable: true });
    try {
      prepareFile(sql, database);
      const definitions = readTables(schema, systemTables);
      const validators = new Map(
        [...definitions].flatMap(([name, { validator }]) => (validator ? [[name, validator] as const] : [])),
      );
      const catalog = openCatalog(sql, validators);
      applyIndexes(sql, catalog, definitions);
      const summary = { tables: 0, documents: 0, files: 0, bytes: 0, setAside: 0 };
      const nextCreationTime = createCreationTimes(catalog, clock);
      const work = { sql, catalog, archive, parts, summary, nextCreationTime, onProgress };
      const files = await importFiles(archive, parts, join(folder, FILES_FOLDER));
      try {
        sql.exec('BEGIN IMMEDIATE');
        placeTables(catalog, await tableNumbers(work), mode);
        await importDocuments(work, files.rows);
        applyIndexes(sql, catalog, definitions);
        sql.exec('COMMIT');
      } catch (error) {
        if (sql.inTransaction) sql.exec('ROLLBACK');
        files.remove();
        throw error;
      }
      summary.files = files.rows.length;
      summary.bytes = files.bytes;
      return summary;
    } finally {
      sql.close();
    }
  } catch (cause) {
    throw sqliteError(database, cause);
  } finally {
    archive.close();
  }
}

/** Documents take about as much room in the database, and their indexes some more; files take what they are. */
function checkRoom(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bytes <= bavail * bsize) return;
  throw new EarshotError(
    'store_full',
    `The snapshot has ${bytes} bytes, and the disk of ${folder} has room for ${bavail * bsize}`,
    'Free some space on it.',
  );
}

/** The number of each table that comes, from `_tables`, or from the ids of its documents. */
async function tableNumbers({ archive, parts }: Import): Promise<Map<string, number | undefined>> {
  const numbers = new Map<string, number | undefined>();
  if (parts.tableNumbers) {
    for await (const line of archive.lines(parts.tableNumbers)) {
      const { name, id } = parsed(() => JSON.parse(line) as { name: string; id: number }, '_tables', line);
      if (parts.documents.has(name) && Number.isSafeInteger(id) && id > 0) numbers.set(name, id);
    }
  }
  const all = [...parts.documents, ...(parts.fileRows ? [[STORAGE_TABLE, parts.fileRows] as const] : [])];
  for (const [name, entry] of all) {
    if (numbers.has(name)) continue;
    numbers.set(name, undefined);
    for await (const line of archive.lines(entry)) {
      const { _id } = parsed(() => JSON.parse(line) as { _id?: unknown }, name, line);
      if (typeof _id === 'string') numbers.set(name, parsed(() => decodeId(_id), name, line).tableNumber);
      break;
    }
  }
  return numbers;
}

async function importDocuments(work: Import, fileRows: readonly Document[]): Promise<void> {
  const { catalog, archive, parts, summary, onProgress } = work;
  for (const [name, entry] of parts.documents) {
    const table = catalog.table(name) as Table;
    const hasBigints = await isUniform(work, name);
    let row = 0;
    for await (const line of archive.lines(entry)) {
      row++;
      addDocument(
        work,
        table,
        parsed(() => importValue(line, hasBigints), name, line, row),
        row,
      );
      summary.documents++;
      if (summary.documents % 1_000 === 0) onProgress(summary);
    }
    summary.tables++;
  }
  const storage = catalog.table(STORAGE_TABLE) as Table;
  for (const [i, file] of fileRows.entries()) addDocument(work, storage, file as Value, i + 1);
}

async function isUniform({ archive, parts }: Import, table: string): Promise<boolean> {
  const entry = parts.generatedSchemas.get(table);
  if (!entry) return false;
  for await (const line of archive.lines(entry)) {
    if (line.trim() === '"uniform"') return true;
    throw refused(`table ${table} is in an older format of Convex. Export it again with a newer version`);
  }
  return false;
}

function addDocument({ catalog, nextCreationTime }: Import, table: Table, value: Value, row: number): void {
  const wrong = (reason: string) => refused(`row ${row} of table ${table.name}: ${reason}`);
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof ArrayBuffer) {
    throw wrong("it wasn't an object");
  }
  const {
    _id = encodeId(table.number, randomBytes(INTERNAL_ID_BYTES)),
    _creationTime = nextCreationTime(),
    ...fields
  } = value as Document;
  if (typeof _id !== 'string' || typeof _creationTime !== 'number' || !(_creationTime > 0)) {
    throw wrong('its _id or _creationTime is none');
  }
  let key: Buffer;
  try {
    const { tableNumber, internal } = decodeId(_id);
    if (tableNumber !== table.number) throw new Error('its _id is of another table');
    key = idKey(internal);
    checkDocument({ ...fields, _id, _creationTime }, CONVEX_LIMITS);
  } catch (error) {
    throw wrong(messageOf(error));
  }
  const mismatch = table.validator?.check(fields as Value, (id) => tableOfId(catalog, id));
  if (mismatch !== undefined) throw wrong(`it does not match the schema: ${mismatch}`);
  if (table.get.get(key)) throw wrong(`there is a document with its _id ${_id} already`);
  insertDocument(table, key, { ...fields, _id, _creationTime }, []);
}

/** @throws EarshotError with the place */
function parsed<T>(work: () => T, table: string, line: string, row?: number): T {
  try {
    return work();
  } catch (error) {
    const place = row === undefined ? `a row of table ${table}` : `row ${row} of table ${table}`;
    throw refused(`${place} is none (${messageOf(error)}): ${line.slice(0, 80)}`);
  }
}
