/**
 * The tables of the database and their indexes, as they are stored. Each table of Convex is one of SQLite, and each index is one more, with
 * the keys as its primary key.
 */
import { decodeIdOrNull } from './document-id.ts';
import { tableNumber } from './schema.ts';
import type { Sqlite, SqliteStatement } from './sqlite.ts';
import type { Validator } from './validator.ts';

/** A row of an index: key, the number of the document in SQLite, the document. */
export type IndexRow = [key: Buffer, row: number, text: string];

export interface Index {
  /** `table.index` */
  readonly name: string;
  /** With `_creationTime` and `_id`, which end every index. */
  readonly fields: readonly string[];
  readonly table: Table;
  /** From low (inclusive) to high (exclusive), with a limit. */
  readonly ascending: SqliteStatement<IndexRow>;
  readonly descending: SqliteStatement<IndexRow>;
}

/** An index that is a table of SQLite. `by_id` is none: it is a column of the documents. */
export interface StoredIndex extends Index {
  readonly put: SqliteStatement;
  readonly drop: SqliteStatement;
}

export interface Table {
  readonly name: string;
  readonly number: number;
  readonly byId: Index;
  readonly stored: readonly StoredIndex[];
  readonly indexes: ReadonlyMap<string, Index>;
  validator?: Validator;
  readonly get: SqliteStatement<{ row: number; text: string }>;
  readonly insert: SqliteStatement;
  readonly update: SqliteStatement;
  readonly remove: SqliteStatement;
  readonly count: SqliteStatement<number>;
}

export const BY_CREATION_TIME = 'by_creation_time';
const BY_ID = 'by_id';

export interface Catalog {
  table(name: string): Table | undefined;
  byNumber(number: number): Table | undefined;
  tables(): Iterable<Table>;
  /** Makes the table if there is none. Within a transaction; {@link reload} after its rollback. */
  create(name: string): Table;
  createIndex(table: string, name: string, fields: readonly string[]): void;
  dropIndex(table: string, name: string): void;
  /** Reads it again, when it may have been changed by what was rolled back. */
  reload(): void;
}

/** The table that an id belongs to; null: it is no id, or its table is not here. */
export function tableOfId(catalog: Catalog, id: string): string | null {
  const decoded = decodeIdOrNull(id);
  return (decoded && catalog.byNumber(decoded.tableNumber)?.name) ?? null;
}

export function createTables(sql: Sqlite): void {
  sql.exec(`
    CREATE TABLE tables (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE indexes (
      number INTEGER PRIMARY KEY,
      table_number INTEGER NOT NULL REFERENCES tables,
      name TEXT NOT NULL,
      fields TEXT NOT NULL,
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
    byName = new Map();
    byNumber = new Map();
    for (const { number, name } of sql.prepare<[], { number: number; name: string }>('SELECT * FROM tables').all()) {
      const validator = validators.get(name);
      const stored = indexes.all(number).map((row) => ({ ...row, fields: JSON.parse(row.fields) as string[] }));
      const table = openTable(sql, { number, name, stored, ...(validator && { validator }) });
      byName.set(name, table);
      byNumber.set(number, table);
    }
    isChanged = false;
  }

  function changed(): void {
    load();
    isChanged = true;
  }

  load();
  return {
    table: (name) => byName.get(name),
    byNumber: (number) => byNumber.get(number),
    tables: () => byName.values(),
    create(name) {
      const existing = byName.get(name);
      if (existing) return existing;
      const number = tableNumber(name, (candidate) => byNumber.has(candidate));
      sql.prepare('INSERT INTO tables VALUES (?, ?)').run(number, name);
      sql.exec(`CREATE TABLE d${number} (row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, text TEXT NOT NULL) STRICT`);
      createIndexOf(sql, number, BY_CREATION_TIME, []);
      changed();
      return byName.get(name) as Table;
    },
    createIndex(table, name, fields) {
      createIndexOf(sql, (byName.get(table) as Table).number, name, fields);
      changed();
    },
    dropIndex(table, name) {
      const { number } = byName.get(table) as Table;
      const find = sql.prepare<[number, string], number>(
        'SELECT number FROM indexes WHERE table_number = ? AND name = ?',
      );
      const index = find.pluck().get(number, name);
      sql.exec(`DROP TABLE i${index}`);
      sql.prepare('DELETE FROM indexes WHERE number = ?').run(index);
      changed();
    },
    reload() {
      if (isChanged) load();
    },
  };
}

function createIndexOf(sql: Sqlite, tableNumber: number, name: string, fields: readonly string[]): void {
  const insert = sql.prepare('INSERT INTO indexes (table_number, name, fields) VALUES (?, ?, ?)');
  const { lastInsertRowid } = insert.run(tableNumber, name, JSON.stringify(fields));
  sql.exec(`CREATE TABLE i${lastInsertRowid} (key BLOB PRIMARY KEY, row INTEGER NOT NULL) STRICT, WITHOUT ROWID`);
}

interface StoredTable {
  number: number;
  name: string;
  stored: { number: number; name: string; fields: string[] }[];
  validator?: Validator;
}

/** Statements are prepared when they are first used: each costs memory. */
function openTable(sql: Sqlite, { number, name, stored, validator }: StoredTable): Table {
  const documents = `d${number}`;
  const statements = new Map<string, SqliteStatement<never>>();
  const prepared = <Result>(source: string): SqliteStatement<Result> => {
    const statement = statements.get(source) ?? sql.prepare<unknown[], never>(source);
    statements.set(source, statement);
    return statement as SqliteStatement<unknown> as SqliteStatement<Result>;
  };
  const select = (columns: string, key: string, order: 'ASC' | 'DESC') =>
    prepared<IndexRow>(
      `SELECT ${columns} WHERE ${key} >= ? AND ${key} < ? ORDER BY ${key} ${order} LIMIT ?`,
    ).raw() as SqliteStatement<IndexRow>;

  const table: Table = {
    name,
    number,
    ...(validator && { validator }),
    get get() {
      return prepared<{ row: number; text: string }>(`SELECT row, text FROM ${documents} WHERE id = ?`);
    },
    get insert() {
      return prepared(`INSERT INTO ${documents} (id, text) VALUES (?, ?)`);
    },
    get update() {
      return prepared(`UPDATE ${documents} SET text = ? WHERE row = ?`);
    },
    get remove() {
      return prepared(`DELETE FROM ${documents} WHERE row = ?`);
    },
    get count() {
      return prepared<number>(`SELECT count(*) FROM ${documents}`).pluck() as SqliteStatement<number>;
    },
    get byId() {
      return byId;
    },
    get stored() {
      return storedIndexes;
    },
    get indexes() {
      return indexes;
    },
  };
  const byId: Index = {
    name: `${name}.${BY_ID}`,
    fields: ['_id'],
    table,
    get ascending() {
      return select(`id, row, text FROM ${documents}`, 'id', 'ASC');
    },
    get descending() {
      return select(`id, row, text FROM ${documents}`, 'id', 'DESC');
    },
  };
  const storedIndexes = stored.map((index): StoredIndex => {
    const rows = `key, d.row, text FROM i${index.number} i JOIN ${documents} d ON d.row = i.row`;
    return {
      name: `${name}.${index.name}`,
      fields: [...index.fields, '_creationTime', '_id'],
      table,
      get ascending() {
        return select(rows, 'key', 'ASC');
      },
      get descending() {
        return select(rows, 'key', 'DESC');
      },
      get put() {
        return prepared(`INSERT INTO i${index.number} VALUES (?, ?)`);
      },
      get drop() {
        return prepared(`DELETE FROM i${index.number} WHERE key = ?`);
      },
    };
  });
  const indexes = new Map<string, Index>(
    [byId, ...storedIndexes].map((index) => [index.name.slice(name.length + 1), index]),
  );
  return table;
}
