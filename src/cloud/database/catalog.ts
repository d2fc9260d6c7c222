/**
 * The tables of the database and their indexes, as they are stored. Each table of Convex is one of SQLite, and each index is one more, with
 * the keys as its primary key.
 */
import { decodeIdOrNull } from './document-id.ts';
import { type SearchIndexDefinition, tableNumber } from './schema.ts';
import { createSearchTable } from './search-index.ts';
import type { Sqlite } from './sqlite.ts';
import { BY_CREATION_TIME, openTable, type Table } from './table.ts';
import type { Validator } from './validator.ts';

export interface Catalog {
  table(name: string): Table | undefined;
  byNumber(number: number): Table | undefined;
  tables(): Iterable<Table>;
  /** Makes the table if there is none, with this number if it is given. Within a transaction; {@link reload} after its rollback. */
  create(name: string, number?: number): Table;
  /** With its documents and indexes. */
  drop(name: string): void;
  createIndex(table: string, name: string, fields: readonly string[]): void;
  dropIndex(table: string, name: string): void;
  createSearch(table: string, definition: SearchIndexDefinition): void;
  dropSearch(table: string, name: string): void;
  /** Reads it again, when it may have been changed by what was rolled back. */
  reload(): void;
  /** What was changed is stored: {@link reload} has nothing to do until the next change. */
  committed(): void;
}

/** The table that an id belongs to; null: it is no id, or its table is not here. */
export function tableOfId(catalog: Catalog, id: string): string | null {
  const decoded = decodeIdOrNull(id);
  return (decoded && catalog.byNumber(decoded.tableNumber)?.name) ?? null;
}

export function createTables(sql: Sqlite): void {
  sql.exec(`
    CREATE TABLE tables (
      number INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      /* What its documents were checked against. */
      document_type TEXT NOT NULL
    ) STRICT;
    CREATE TABLE indexes (
      number INTEGER PRIMARY KEY,
      table_number INTEGER NOT NULL REFERENCES tables,
      name TEXT NOT NULL,
      fields TEXT NOT NULL,
      UNIQUE (table_number, name)
    ) STRICT;
    CREATE TABLE searches (
      number INTEGER PRIMARY KEY,
      table_number INTEGER NOT NULL REFERENCES tables,
      name TEXT NOT NULL,
      search_field TEXT NOT NULL,
      filter_fields TEXT NOT NULL,
      UNIQUE (table_number, name)
    ) STRICT;
  `);
}

export function openCatalog(sql: Sqlite, validators: ReadonlyMap<string, Validator>): Catalog {
  let byName = new Map<string, Table>();
  let byNumber = new Map<number, Table>();
  let isChanged = false;

  function load(): void {
    const indexes = sql.prepare<[number], { number: number; name: string; fields: string }>(
      'SELECT number, name, fields FROM indexes WHERE table_number = ? ORDER BY number',
    );
    const searches = sql.prepare<[number], { number: number; name: string; searchField: string; filterFields: string }>(
      'SELECT number, name, search_field AS searchField, filter_fields AS filterFields FROM searches WHERE table_number = ?',
    );
    byName = new Map();
    byNumber = new Map();
    for (const { number, name } of sql
      .prepare<[], { number: number; name: string }>('SELECT number, name FROM tables')
      .all()) {
      const validator = validators.get(name);
      const stored = indexes.all(number).map((row) => ({ ...row, fields: JSON.parse(row.fields) as string[] }));
      const table = openTable(sql, {
        number,
        name,
        stored,
        searches: searches
          .all(number)
          .map((row) => ({ ...row, filterFields: JSON.parse(row.filterFields) as string[] })),
        ...(validator && { validator }),
      });
      byName.set(name, table);
      byNumber.set(number, table);
    }
    isChanged = false;
  }

  function changed(): void {
    load();
    isChanged = true;
  }

  function drop(list: 'indexes' | 'searches', prefix: 'i' | 's', tableNumber: number, name: string): void {
    const find = sql.prepare<[number, string], number>(
      `SELECT number FROM ${list} WHERE table_number = ? AND name = ?`,
    );
    const number = find.pluck().get(tableNumber, name);
    sql.exec(`DROP TABLE ${prefix}${number}`);
    sql.prepare(`DELETE FROM ${list} WHERE number = ?`).run(number);
  }

  load();
  return {
    table: (name) => byName.get(name),
    byNumber: (number) => byNumber.get(number),
    tables: () => byName.values(),
    create(name, wanted) {
      const existing = byName.get(name);
      if (existing) return existing;
      const number = wanted ?? tableNumber(name, (candidate) => byNumber.has(candidate));
      sql.prepare("INSERT INTO tables VALUES (?, ?, '')").run(number, name);
      sql.exec(`CREATE TABLE d${number} (row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, text TEXT NOT NULL) STRICT`);
      createIndexOf(sql, number, BY_CREATION_TIME, []);
      changed();
      return byName.get(name) as Table;
    },
    drop(name) {
      const { number, stored, searches } = byName.get(name) as Table;
      for (const index of stored) drop('indexes', 'i', number, index.name.slice(name.length + 1));
      for (const search of searches) drop('searches', 's', number, search.name.slice(name.length + 1));
      sql.exec(`DROP TABLE d${number}`);
      sql.prepare('DELETE FROM tables WHERE number = ?').run(number);
      changed();
    },
    createIndex(table, name, fields) {
      createIndexOf(sql, (byName.get(table) as Table).number, name, fields);
      changed();
    },
    dropIndex(table, name) {
      drop('indexes', 'i', (byName.get(table) as Table).number, name);
      changed();
    },
    createSearch(table, { name, searchField, filterFields }) {
      const insert = sql.prepare(
        'INSERT INTO searches (table_number, name, search_field, filter_fields) VALUES (?, ?, ?, ?)',
      );
      const { number } = byName.get(table) as Table;
      const { lastInsertRowid } = insert.run(number, name, searchField, JSON.stringify(filterFields));
      createSearchTable(sql, Number(lastInsertRowid), filterFields.length);
      changed();
    },
    dropSearch(table, name) {
      drop('searches', 's', (byName.get(table) as Table).number, name);
      changed();
    },
    reload() {
      if (isChanged) load();
    },
    committed() {
      isChanged = false;
    },
  };
}

function createIndexOf(sql: Sqlite, tableNumber: number, name: string, fields: readonly string[]): void {
  const insert = sql.prepare('INSERT INTO indexes (table_number, name, fields) VALUES (?, ?, ?)');
  const { lastInsertRowid } = insert.run(tableNumber, name, JSON.stringify(fields));
  sql.exec(`CREATE TABLE i${lastInsertRowid} (key BLOB PRIMARY KEY, row INTEGER NOT NULL) STRICT, WITHOUT ROWID`);
}
