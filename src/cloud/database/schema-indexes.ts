/** Makes the stored indexes those of the schema: new ones are filled, those that are no longer declared are dropped. */
import { jsonToConvex } from 'convex/values';
import { BY_CREATION_TIME, type Catalog, type Table } from './catalog.ts';
import type { Document } from './field-path.ts';
import { afterKey, indexKey } from './index-key.ts';
import { EVERYTHING } from './index-range.ts';
import type { TableDefinition } from './schema.ts';
import type { Sqlite } from './sqlite.ts';

const BATCH_ROWS = 128;

/** The tables of the schema are there afterwards; a table that is no longer declared keeps its documents. */
export function applyIndexes(sql: Sqlite, catalog: Catalog, definitions: ReadonlyMap<string, TableDefinition>): void {
  sql.transaction(() => {
    for (const [name, { indexes }] of definitions) {
      catalog.create(name);
      const wanted = new Map(indexes.map((index) => [index.name, index.fields]));
      for (const { name: full, fields } of (catalog.table(name) as Table).stored) {
        const index = full.slice(name.length + 1);
        const declared = wanted.get(index);
        const isSame = declared && JSON.stringify([...declared, '_creationTime', '_id']) === JSON.stringify(fields);
        if (isSame) wanted.delete(index);
        else if (index !== BY_CREATION_TIME) catalog.dropIndex(name, index);
      }
      for (const [index, fields] of wanted) {
        catalog.createIndex(name, index, fields);
        fill(catalog.table(name) as Table, index);
      }
    }
  })();
}

function fill(table: Table, name: string): void {
  const index = table.stored.find((stored) => stored.name === `${table.name}.${name}`);
  let low: Uint8Array = EVERYTHING.low;
  for (;;) {
    const rows = table.byId.ascending.all(low, EVERYTHING.high, BATCH_ROWS);
    for (const [id, row, text] of rows) {
      index?.put.run(indexKey(index.fields, jsonToConvex(JSON.parse(text)) as Document, id), row);
      low = afterKey(id);
    }
    if (rows.length < BATCH_ROWS) return;
  }
}
