/**
 * SQLite through better-sqlite3. It is a native module and an optional dependency, so it is loaded when a database is opened: only the
 * embedded cloud's process has it in memory. The npm package has it compiled, for each supported version of Node.
 *
 * Two versions are installed. 13 uses Node-API, which Node 20 has not in version 10. 12 is for Node 20 only: compiled with the headers of Node 24.19 and later it ends
 * the process when a statement is garbage (`node::ObjectWrap` removes a hook then, and wants a context that is not there during a collection).
 */
import { pathToFileURL } from 'node:url';
import type { Database as SqliteDatabase, Statement } from 'better-sqlite3';
import { EarshotError, messageOf, systemCode } from '../../core/errors.ts';
import { prebuiltFile } from '../../core/files/prebuilt.ts';

export type Sqlite = SqliteDatabase;
type SqliteConstructor = typeof import('better-sqlite3');
export type SqliteStatement<Result = unknown> = Statement<unknown[], Result>;

/** Of pages; SQLite's default is 2,000. What is not in it is in the system's cache, which costs this process no memory. */
const CACHE_KIB = 4_000;
/** What the write-ahead log keeps on the disk after a large transaction. */
const MAX_LOG_BYTES = 16 << 20;
const BUSY_MS = 1_000;
/** What better-sqlite3 13 needs. */
const NODE_API_VERSION = 10;

export interface SqliteOptions {
  /** Each commit is on the disk when it returns. Otherwise a power cut may lose the newest ones, and damage the file. */
  isDurable: boolean;
  isReadonly?: boolean;
}

/** Changes nothing in the file. @throws EarshotError `cloud_unavailable` (better-sqlite3 is missing), `store_failed`, `store_full` */
export async function openSqlite(path: string, { isDurable, isReadonly = false }: SqliteOptions): Promise<Sqlite> {
  const Sqlite = await importSqlite().catch(missing);
  try {
    const nativeBinding = prebuiltBinding();
    const options = { readonly: isReadonly, fileMustExist: isReadonly, timeout: BUSY_MS };
    const sql = new Sqlite(path, { ...options, ...(nativeBinding && { nativeBinding }) });
    sql.pragma(`cache_size = -${CACHE_KIB}`);
    sql.pragma(`journal_size_limit = ${MAX_LOG_BYTES}`);
    sql.pragma(`synchronous = ${isDurable ? 'FULL' : 'OFF'}`);
    return sql;
  } catch (cause) {
    // better-sqlite3 throws a plain error where it finds its native part missing: it does so when the first database is opened.
    throw isSqliteError(cause) || cause instanceof TypeError ? sqliteError(path, cause) : missing(cause);
  }
}

function prebuiltBinding(): string | undefined {
  return prebuiltFile(`sqlite-${process.versions.modules}.node`);
}

/** The class that `openSqlite` uses. */
export async function importSqlite(): Promise<SqliteConstructor> {
  // With the compiled part comes a copy of better-sqlite3's JavaScript.
  const copy = prebuiltBinding() ? prebuiltFile('better-sqlite3/lib/index.js') : undefined;
  if (copy) return (await import(pathToFileURL(copy).href)).default;
  if (Number(process.versions.napi) < NODE_API_VERSION) return (await import('better-sqlite3')).default;
  // An alias of better-sqlite3 13, in a clone. A user of the npm package installs better-sqlite3 itself.
  const alias: string = 'better-sqlite3-node-api';
  const imported = await import(alias).catch((error) => {
    if (systemCode(error) === 'ERR_MODULE_NOT_FOUND') return import('better-sqlite3');
    throw error;
  });
  return imported.default;
}

function missing(cause: unknown): never {
  throw new EarshotError(
    'cloud_unavailable',
    `The embedded cloud needs better-sqlite3, which cannot be loaded (${messageOf(cause).split('\n')[0]})`,
    'Install it (npm install better-sqlite3; in a clone: npm ci, without --omit=optional), or set CONVEX_URL to use a deployment.',
    { cause },
  );
}

/** An error of SQLite as people read it; any other as it is. */
export function sqliteError(path: string, cause: unknown): unknown {
  if (!isSqliteError(cause)) return cause;
  const code = systemCode(cause) ?? '';
  const fails = (reason: string, hint: string) =>
    new EarshotError('store_failed', `${path} cannot be used: ${reason}`, hint, { cause });
  if (code === 'SQLITE_FULL') {
    return new EarshotError('store_full', `The disk of ${path} is full`, 'Free some space on it.', { cause });
  }
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) {
    return fails(
      'it is damaged',
      'Move it elsewhere and start again with a new one, or import a backup (earshot cloud import). Nothing was written to it.',
    );
  }
  if (code === 'SQLITE_BUSY') return fails('another process uses it', 'Stop the other process.');
  if (code.startsWith('SQLITE_CANTOPEN')) return fails('it cannot be opened', 'Check --state and its rights.');
  if (code.startsWith('SQLITE_READONLY')) return fails('it is read-only', 'Check --state and its rights.');
  if (code.startsWith('SQLITE_IOERR')) return fails('its disk fails', 'Check the disk, then start again.');
  return cause;
}

/** After these SQLite may have rolled back the whole transaction, so all of it fails. */
export function endsTransaction(cause: unknown): boolean {
  return (
    isSqliteError(cause) && /^SQLITE_(FULL|IOERR|NOMEM|CORRUPT|NOTADB|READONLY|INTERRUPT)/.test(systemCode(cause) ?? '')
  );
}

export function isSqliteError(cause: unknown): cause is Error {
  return cause instanceof Error && cause.name === 'SqliteError';
}
