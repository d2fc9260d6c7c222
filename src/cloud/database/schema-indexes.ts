/** Makes the stored indexes those of the schema: new ones are filled, those that are no longer declared are dropped. */
import { jsonToConvex } from 'convex/values';
import type { Catalog } from './catalog.ts';
import type { Document } from './field-path.ts';
import { afterKey, indexKey } from './index-key.ts';
import { EVERYTHING } from './index-range.ts';
import type { TableDefinition } from './schema.ts';
import { searchColumns } from './search-index.ts';
import type { Sqlite } from './sqlite.ts';
import { BY_CREATION_TIME, type IndexRow, type Table } from './table.ts';

const BATCH_ROWS = 128;

/** The tables of the schema are there afterwards; a table that is no longer declared keeps its documents. */
export function applyIndexes(sql: Sqlite, catalog: Catalog, definitions: ReadonlyMap<string, TableDefinition>): void {
  sql.transaction(() => {
    for (const [name, definition] of definitions) {
      catalog.create(name);
      const added = [...applyStored(catalog, name, definition), ...applySearches(catalog, name, definition)];
      if (added.length > 0) fill(catalog.table(name) as Table, new Set(added));
    }
  })();
  if (!sql.inTransaction) catalog.committed();
}

/** @returns the full names of the new ones */
function applyStored(catalog: Catalog, name: string, { indexes }: TableDefinition): string[] {
  const wanted = new Map(indexes.map((index) => [index.name, index.fields]));
  for (const { name: full, fields } of (catalog.table(name) as Table).stored) {
    const index = full.slice(name.length + 1);
    const declared = wanted.get(index);
    if (declared && isSame([...declared, '_creationTime', '_id'], fields)) wanted.delete(index);
    else if (index !== BY_CREATION_TIME) catalog.dropIndex(name, index);
  }
  for (const [index, fields] of wanted) catalog.createIndex(name, index, fields);
  return [...wanted.keys()].map((index) => `${name}.${index}`);
}

/** @returns the full names of the new ones */
function applySearches(catalog: Catalog, name: string, { searchIndexes }: TableDefinition): string[] {
  const wanted = new Map(searchIndexes.map((search) => [search.name, search]));
  for (const { name: full, searchField, filterFields } of (catalog.table(name) as Table).searches) {
    const search = full.slice(name.length + 1);
    const declared = wanted.get(search);
    if (declared && isSame([declared.searchField, ...declared.filterFields], [searchField, ...filterFields])) {
      wanted.delete(search);
    } else catalog.dropSearch(name, search);
  }
  for (const search of wanted.values()) catalog.createSearch(name, search);
  return [...wanted.keys()].map((search) => `${name}.${search}`);
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function fill(table: Table, names: ReadonlySet<string>): void {
  const stored = table.stored.filter(({ name }) => names.has(name));
  const searches = table.searches.filter(({ name }) => names.has(name));
  let low: Uint8Array = EVERYTHING.low;
  for (let rows: IndexRow[] | undefined; !rows || rows.length === BATCH_ROWS; ) {
    rows = table.byId.ascending.all(low, EVERYTHING.high, BATCH_ROWS);
    for (const [id, row, text] of rows) {
      const document = jsonToConvex(JSON.parse(text)) as Document;
      for (const index of stored) index.put.run(indexKey(index.fields, document, id), row);
      for (const search of searches) {
        const columns = searchColumns(search, document);
        if (columns) search.put.run(row, ...columns);
      }
      low = afterKey(id);
    }
  }
}
