/**
 * How much is in the database of an embedded cloud. It only reads, beside a process that writes or without one.
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DATABASE_FILE } from './open-database.ts';
import { listSetAside } from './set-aside.ts';
import { openSqlite, type Sqlite, sqliteError } from './sqlite.ts';

export interface DatabaseStatistics {
  /** Of the database on the disk, with its log. */
  bytes: number;
  /** By table, without the system's. */
  rows: Record<string, number>;
  files: { count: number; bytes: number };
  /** When the oldest turn began, ms since 1970; null: there is none. */
  oldestTurnAt: number | null;
  /** Scheduled functions that have not run to their end. */
  scheduled: number;
  /** Documents that do not fit the schema, by table. */
  setAside: Record<string, number>;
}

/** Undefined: there is none in this folder. @throws EarshotError `store_failed`, `cloud_unavailable` */
export async function readStatistics(folder: string): Promise<DatabaseStatistics | undefined> {
  const path = join(folder, DATABASE_FILE);
  if (!existsSync(path)) return undefined;
  const sql = await openSqlite(path, { isDurable: true, isReadonly: true });
  try {
    // One moment of it.
    return sql.transaction(() => ({ bytes: bytesOf(path), ...read(sql) }))();
  } catch (cause) {
    throw sqliteError(path, cause);
  } finally {
    sql.close();
  }
}

function read(sql: Sqlite): Omit<DatabaseStatistics, 'bytes'> {
  const tables = sql
    .prepare<[], { number: number; name: string }>('SELECT number, name FROM tables ORDER BY name')
    .all();
  const numbers = new Map(tables.map(({ number, name }) => [name, number]));
  /** Of a table that is not there: nothing. */
  const ask = <Row extends object>(table: string, columns: string, where = ''): Partial<Row> => {
    const number = numbers.get(table);
    return number === undefined ? {} : (sql.prepare<[], Row>(`SELECT ${columns} FROM d${number} ${where}`).get() ?? {});
  };
  const count = (table: string, where = '') => ask<{ count: number }>(table, 'count(*) AS count', where).count ?? 0;
  const names = tables.map(({ name }) => name).filter((name) => !name.startsWith('_'));
  const files = ask<{ bytes: number | null }>('_storage', "sum(json_extract(text, '$.size')) AS bytes");
  const turns = ask<{ oldest: number | null }>('turns', "min(json_extract(text, '$.startedAt')) AS oldest");
  return {
    rows: Object.fromEntries(names.map((name) => [name, count(name)])),
    files: { count: count('_storage'), bytes: files.bytes ?? 0 },
    oldestTurnAt: turns.oldest ?? null,
    setAside: Object.fromEntries(listSetAside(sql).map((each) => [each.table, each.count])),
    scheduled: count('_scheduled_functions', "WHERE json_extract(text, '$.state.kind') IN ('pending', 'inProgress')"),
  };
}

function bytesOf(path: string): number {
  const sizes = ['', '-wal'].map((end) => statSync(path + end, { throwIfNoEntry: false })?.size ?? 0);
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}
