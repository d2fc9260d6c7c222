/**
 * Checks the documents against the schema at the start. A table is checked when its validator has changed since it was checked last, so that a
 * start costs nothing otherwise.
 */
import { createHash } from 'node:crypto';
import type { Log } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import { type Catalog, tableOfId } from './catalog.ts';
import type { TableDefinition } from './schema.ts';
import { type CheckFields, listSetAside, setAside, takeBack } from './set-aside.ts';
import type { Sqlite } from './sqlite.ts';
import type { Table } from './table.ts';

const PROGRESS_MS = 2_000;

export interface SchemaCheckOptions {
  sql: Sqlite;
  catalog: Catalog;
  definitions: ReadonlyMap<string, TableDefinition>;
  clock: Pick<Clock, 'now'>;
  log: Log;
}

export function checkDocuments({ sql, catalog, definitions, clock, log }: SchemaCheckOptions): void {
  const read = sql.prepare<[string], string>('SELECT document_type FROM tables WHERE name = ?').pluck();
  const write = sql.prepare('UPDATE tables SET document_type = ? WHERE name = ?');
  sql.transaction(() => {
    for (const [name, { validator, documentType }] of definitions) {
      const type = createHash('sha256')
        .update(JSON.stringify(documentType ?? 'any'))
        .digest('base64url');
      if (read.get(name) === type) continue;
      const table = catalog.table(name) as Table;
      const check: CheckFields = (fields) => validator?.check(fields, (id) => tableOfId(catalog, id));
      takeBack(sql, table, check);
      if (validator) setAside(sql, table, check, reporter(table));
      write.run(type, name);
    }
  })();
  for (const { table, count, reason } of listSetAside(sql)) {
    log.warn('Documents do not fit the schema. They are set aside, and come back when it takes them again', {
      table,
      count,
      reason: withoutValues(reason),
      see: `sqlite3 cloud.db "SELECT text FROM set_aside WHERE table_name = '${table}'"`,
    });
  }

  function reporter({ name, count }: Table): (checked: number) => void {
    const documents = count.get() ?? 0;
    let toldAtMs = clock.now();
    return (checked) => {
      if (clock.now() - toldAtMs < PROGRESS_MS) return;
      toldAtMs = clock.now();
      log.info('Checking documents against the new schema', { table: name, checked, documents });
    };
  }
}

/** What people said is in documents, and no matter of a log. */
function withoutValues(reason: string): string {
  const lines = reason.split('\n').filter((line) => line !== '' && !/^(?:Object|Value): /.test(line));
  return lines.join(' ');
}
