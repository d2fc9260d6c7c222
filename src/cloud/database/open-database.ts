/** Opens the database of the embedded cloud in its folder. */
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { GenericSchema } from 'convex/server';
import { errorFields } from '../../core/errors.ts';
import { withDiskErrors } from '../../core/files/disk-errors.ts';
import { PRIVATE_FILE } from '../../core/files/private-files.ts';
import { openPrivateFolder } from '../../core/files/private-folder.ts';
import { type Log, silentLog } from '../../core/log/log.ts';
import { type Clock, systemClock } from '../../core/time/clock.ts';
import { openCatalog, tableOfId } from './catalog.ts';
import { CONVEX_LIMITS, type ConvexLimits } from './convex-limits.ts';
import { createCreationTimes } from './creation-times.ts';
import type { Commit, Database } from './database.ts';
import { prepareFile } from './database-file.ts';
import { type DeployedSchema, readTables, STORAGE_TABLE } from './schema.ts';
import { checkDocuments } from './schema-check.ts';
import { applyIndexes } from './schema-indexes.ts';
import { checkSchema } from './schema-limits.ts';
import { openSqlite } from './sqlite.ts';
import { textBatches } from './table-texts.ts';
import { openTimestamps } from './timestamps.ts';
import { createTransactions } from './transactions.ts';

export interface DatabaseOptions {
  /** Made if it is not there; closed to other users. */
  folder: string;
  /** The default export of convex/schema.ts. */
  schema: DeployedSchema;
  /** Tables beside those of the schema, whose names begin with `_`. */
  systemTables?: GenericSchema;
  clock?: Clock;
  log?: Log;
  limits?: ConvexLimits;
  /** How long one function may keep its transaction open. */
  transactionMs?: number;
  /** False: commits do not wait for the disk. For tests, and for data that ends with the process. */
  isDurable?: boolean;
}

export const DATABASE_FILE = 'cloud.db';
/** In the same folder: the stored files, each named after its id. */
export const FILES_FOLDER = 'files';
/** Convex ends a query or mutation after one second of its own and fifteen in all. */
const TRANSACTION_MS = 15_000;
const BATCH_SIZE = 64;

/** @throws EarshotError `cloud_unavailable` (better-sqlite3 is missing), `store_failed` (damaged, newer, …), `store_full` */
export async function openDatabase({
  folder,
  schema,
  systemTables = {},
  clock = systemClock,
  log = silentLog,
  limits = CONVEX_LIMITS,
  transactionMs = TRANSACTION_MS,
  isDurable = true,
}: DatabaseOptions): Promise<Database> {
  openPrivateFolder(folder);
  const path = join(folder, DATABASE_FILE);
  const definitions = readTables(schema, systemTables);
  checkSchema(definitions, limits);
  // SQLite gives its other files the mode of this one.
  withDiskErrors(path, () => closeSync(openSync(path, 'a', PRIVATE_FILE.mode)));
  const sql = await openSqlite(path, { isDurable });
  prepareFile(sql, path);
  const validators = new Map(
    [...definitions].flatMap(([name, { validator }]) => (validator ? [[name, validator] as const] : [])),
  );
  const catalog = openCatalog(sql, validators);
  applyIndexes(sql, catalog, definitions);
  checkDocuments({ sql, catalog, definitions, clock, log });
  const timestamps = openTimestamps(sql, clock);
  const listeners = new Set<(commit: Commit) => void>();
  const store = { sql, catalog, limits, nextCreationTime: createCreationTimes(catalog, clock) };
  const transactions = createTransactions({
    store,
    timestamps,
    path,
    clock,
    log,
    limitMs: transactionMs,
    batchSize: BATCH_SIZE,
    onCommit(commit) {
      for (const listener of listeners) {
        try {
          listener(commit);
        } catch (error) {
          log.error('A listener of commits failed', errorFields(error));
        }
      }
    },
  });
  return {
    read: transactions.read,
    write: transactions.write,
    onCommit(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    tableOf: (id) => tableOfId(catalog, id),
    *storedFiles() {
      for (const texts of textBatches(catalog.create(STORAGE_TABLE))) {
        for (const text of texts) {
          const { _id, size } = JSON.parse(text) as { _id: string; size: number };
          yield { id: _id, bytes: size };
        }
      }
    },
    timestamp: timestamps.next,
    close() {
      if (!sql.open) return;
      transactions.close();
      timestamps.close();
      sql.close();
    },
  };
}
