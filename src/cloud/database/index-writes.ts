/** Writes the keys of a document to all indexes of its table. */
import { convexToJson, type Value } from 'convex/values';
import type { WrittenKey } from './database.ts';
import type { Document } from './field-path.ts';
import { indexKey } from './index-key.ts';
import { searchColumns } from './search-index.ts';
import type { Table } from './table.ts';

/** Where a document is stored. */
export interface RowPlace {
  table: Table;
  /** In `by_id`. */
  key: Buffer;
  row: number;
}

/** `before` and `after` the write: undefined where there is no document. The keys are added to `written`. */
export function writeKeys(
  { table, key, row }: RowPlace,
  before: Document | undefined,
  after: Document | undefined,
  written: WrittenKey[],
): void {
  written.push({ index: table.byId.name, key });
  for (const index of table.stored) {
    const old = before && indexKey(index.fields, before, key);
    const now = after && indexKey(index.fields, after, key);
    if (old && now && old.equals(now)) {
      written.push({ index: index.name, key: now });
      continue;
    }
    if (old) {
      index.drop.run(old);
      written.push({ index: index.name, key: old });
    }
    if (now) {
      index.put.run(now, row);
      written.push({ index: index.name, key: now });
    }
  }
  for (const index of table.searches) {
    const old = before && searchColumns(index, before);
    const now = after && searchColumns(index, after);
    if (old || now) written.push({ index: index.name, key });
    if (old && now && old.every((column, i) => column === now[i])) continue;
    if (old) index.drop.run(row);
    if (now) index.put.run(row, ...now);
  }
}

/** A document that has an id already. @returns its row */
export function insertDocument(table: Table, key: Buffer, document: Document, written: WrittenKey[]): number {
  const row = Number(table.insert.run(key, documentText(document)).lastInsertRowid);
  writeKeys({ table, key, row }, undefined, document, written);
  return row;
}

/** Fields are sorted, so that equal documents have equal texts. */
export function documentText(document: Document): string {
  return JSON.stringify(convexToJson(document as Value));
}
