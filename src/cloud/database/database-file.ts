/** The file of the database: that it is one, and that this version can read it. */
import { EarshotError } from '../../core/errors.ts';
import { createTables } from './catalog.ts';
import { createSetAside } from './set-aside.ts';
import { type Sqlite, sqliteError } from './sqlite.ts';

/** "Ears", so that other programs can see whose file it is. */
const APPLICATION_ID = 0x45617273;
/** The version of this format. A change of it is a function in {@link MIGRATIONS}. */
const FORMAT = 1;
/** From which format, to the next. */
const MIGRATIONS: Record<number, (sql: Sqlite) => void> = { 0: createFormat };

function createFormat(sql: Sqlite): void {
  sql.exec('CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID');
  createTables(sql);
  createSetAside(sql);
  sql.pragma(`application_id = ${APPLICATION_ID}`);
}

/** @throws EarshotError `store_failed`: it is damaged, newer than this version, or not a database of Earshot */
export function prepareFile(sql: Sqlite, path: string): void {
  try {
    const format = sql.pragma('user_version', { simple: true }) as number;
    const applicationId = sql.pragma('application_id', { simple: true }) as number;
    const isEmpty = sql.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
    if (!isEmpty && applicationId !== APPLICATION_ID) {
      throw refused(path, 'it is not a database of Earshot', 'Name another folder with --state.');
    }
    if (format > FORMAT) {
      throw refused(
        path,
        `a newer version of Earshot wrote it (format ${format}, this is ${FORMAT})`,
        'Update Earshot.',
      );
    }
    // From here on the file is changed.
    sql.pragma('journal_mode = WAL');
    for (let from = format; from < FORMAT; from++) {
      sql.transaction(() => {
        MIGRATIONS[from]?.(sql);
        sql.pragma(`user_version = ${from + 1}`);
      })();
    }
  } catch (cause) {
    sql.close();
    throw sqliteError(path, cause);
  }
}

function refused(path: string, reason: string, hint: string): EarshotError {
  return new EarshotError('store_failed', `${path} cannot be used: ${reason}`, hint);
}
