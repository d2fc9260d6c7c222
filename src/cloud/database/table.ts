/** One table of Convex in SQLite: its documents, its indexes, and the statements that read and write them. */
import { openSearchIndex, type SearchIndex, type StoredSearch } from './search-index.ts';
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
  readonly searches: readonly SearchIndex[];
  validator?: Validator;
  readonly get: SqliteStatement<{ row: number; text: string }>;
  readonly insert: SqliteStatement;
  readonly update: SqliteStatement;
  readonly remove: SqliteStatement;
  readonly count: SqliteStatement<number>;
}

export const BY_CREATION_TIME = 'by_creation_time';
const BY_ID = 'by_id';

export interface StoredTable {
  number: number;
  name: string;
  stored: { number: number; name: string; fields: string[] }[];
  searches: StoredSearch[];
  validator?: Validator;
}

/** Statements are prepared when they are first used: each costs memory. */
export function openTable(sql: Sqlite, { number, name, stored, searches, validator }: StoredTable): Table {
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
    searches: searches.map((search) => openSearchIndex(name, documents, search, prepared)),
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
