/**
 * Documents that do not fit the schema any more: they are moved to a table of their own, so that functions never see what their types exclude,
 * and they come back when a schema takes them again. None is deleted.
 */
import { jsonToConvex, type Value } from 'convex/values';
import { decodeId } from './document-id.ts';
import type { Document } from './field-path.ts';
import { afterKey, idKey } from './index-key.ts';
import { EVERYTHING } from './index-range.ts';
import { insertDocument, writeKeys } from './index-writes.ts';
import type { Sqlite } from './sqlite.ts';
import type { Table } from './table.ts';

const BATCH_ROWS = 128;

/** @returns what is wrong with the fields of a document; undefined: nothing */
export type CheckFields = (fields: Value) => string | undefined;

/** What was set aside of one table. */
export interface SetAsideDocuments {
  table: string;
  count: number;
  /** What is wrong with one of them. */
  reason: string;
}

export function createSetAside(sql: Sqlite): void {
  sql.exec(`CREATE TABLE set_aside (
    id TEXT PRIMARY KEY,
    table_name TEXT NOT NULL,
    reason TEXT NOT NULL,
    text TEXT NOT NULL
  ) STRICT, WITHOUT ROWID`);
}

export function listSetAside(sql: Sqlite): SetAsideDocuments[] {
  return sql
    .prepare<[], SetAsideDocuments>(
      'SELECT table_name AS "table", count(*) AS count, min(reason) AS reason FROM set_aside GROUP BY table_name',
    )
    .all();
}

/** Moves what does not fit out of its table. Within a transaction. */
export function setAside(sql: Sqlite, table: Table, check: CheckFields, onProgress: (checked: number) => void): void {
  const put = sql.prepare('INSERT INTO set_aside VALUES (?, ?, ?, ?)');
  let low: Uint8Array = EVERYTHING.low;
  let checked = 0;
  for (let count = BATCH_ROWS; count === BATCH_ROWS; ) {
    const rows = table.byId.ascending.all(low, EVERYTHING.high, BATCH_ROWS);
    count = rows.length;
    for (const [key, row, text] of rows) {
      low = afterKey(key);
      const document = jsonToConvex(JSON.parse(text)) as Document;
      const reason = check(fieldsOf(document));
      if (reason === undefined) continue;
      put.run(document._id, table.name, reason, text);
      table.remove.run(row);
      writeKeys({ table, key, row }, document, undefined, []);
    }
    checked += count;
    onProgress(checked);
  }
}

/** Moves back what fits again. Within a transaction. */
export function takeBack(sql: Sqlite, table: Table, check: CheckFields): void {
  const remove = sql.prepare('DELETE FROM set_aside WHERE id = ?');
  const rows = sql.prepare<[string], { id: string; text: string }>(
    'SELECT id, text FROM set_aside WHERE table_name = ?',
  );
  for (const { id, text } of rows.all(table.name)) {
    const document = jsonToConvex(JSON.parse(text)) as Document;
    const key = idKey(decodeId(id).internal);
    if (check(fieldsOf(document)) !== undefined || table.get.get(key)) continue;
    insertDocument(table, key, document, []);
    remove.run(id);
  }
}

function fieldsOf({ _id, _creationTime, ...fields }: Document): Value {
  return fields as Value;
}
