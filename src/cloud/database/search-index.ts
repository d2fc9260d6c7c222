/**
 * Search indexes, with FTS5 of SQLite: words in small letters, separated by what is no letter or digit; the best text by BM25 first.
 *
 * The index holds no texts, only where words are. Filter fields are columns of one word each, which stands for the value; they count nothing
 * in the order of the results.
 */
import { createHash } from 'node:crypto';
import type { Value } from 'convex/values';
import type { ConvexLimits } from './convex-limits.ts';
import type { SearchExpression } from './database.ts';
import { describeValue } from './describe-value.ts';
import { type Document, valueAt } from './field-path.ts';
import { encodeKey } from './index-key.ts';
import { literalValue } from './literal.ts';
import type { Sqlite, SqliteStatement } from './sqlite.ts';

export interface StoredSearch {
  number: number;
  name: string;
  searchField: string;
  filterFields: readonly string[];
}

export interface SearchIndex {
  /** `table.index` */
  readonly name: string;
  readonly searchField: string;
  readonly filterFields: readonly string[];
  /** The row of the document, then its columns. */
  readonly put: SqliteStatement;
  readonly drop: SqliteStatement;
  /** An expression of FTS5 and a limit. */
  readonly find: SqliteStatement<[row: number, rank: number]>;
  /** By the row of a document. */
  readonly text: SqliteStatement<string>;
}

const VALUE_BYTES = 16;
/** Of Convex (MAX_TEXT_TERM_LENGTH). */
const MAX_WORD_BYTES = 32;

export function createSearchTable(sql: Sqlite, number: number, filterCount: number): void {
  const columns = ['text', ...Array.from({ length: filterCount }, (_, i) => `f${i}`)];
  // Accents count, as in Convex; marks belong to words, which are separated already. Of a contentless table rows can be deleted without their text.
  const tokenizer = `"unicode61 remove_diacritics 0 categories 'L* N* M* Co'"`;
  const options = `content = '', contentless_delete = 1, tokenize = ${tokenizer}`;
  sql.exec(`CREATE VIRTUAL TABLE s${number} USING fts5(${columns.join(', ')}, ${options})`);
}

export function openSearchIndex(
  table: string,
  documents: string,
  { number, name, searchField, filterFields }: StoredSearch,
  prepared: <Result>(source: string) => SqliteStatement<Result>,
): SearchIndex {
  const columns = ['rowid', 'text', ...filterFields.map((_, i) => `f${i}`)];
  const rank = `bm25(s${number}, 1.0${', 0.0'.repeat(filterFields.length)})`;
  return {
    name: `${table}.${name}`,
    searchField,
    filterFields,
    get put() {
      return prepared(`INSERT INTO s${number} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`);
    },
    get drop() {
      return prepared(`DELETE FROM s${number} WHERE rowid = ?`);
    },
    get find() {
      const source = `SELECT rowid, ${rank} AS rank FROM s${number} WHERE s${number} MATCH ? ORDER BY rank, rowid DESC LIMIT ?`;
      return prepared<[number, number]>(source).raw() as SqliteStatement<[number, number]>;
    },
    get text() {
      return prepared<string>(`SELECT text FROM ${documents} WHERE row = ?`).pluck() as SqliteStatement<string>;
    },
  };
}

/** The columns of a document; undefined: it has no text to be found by. */
export function searchColumns({ searchField, filterFields }: SearchIndex, document: Document): string[] | undefined {
  const text = valueAt(document, searchField);
  return typeof text === 'string'
    ? [wordsOf(text).join(' '), ...filterFields.map((field) => wordOf(valueAt(document, field)))]
    : undefined;
}

/** The expression of FTS5 for a query; undefined: it has no words. @throws Error in Convex's words, for what the index is not for */
export function searchMatch(
  { name, searchField, filterFields }: SearchIndex,
  expressions: readonly SearchExpression[],
  limits: ConvexLimits,
): string | undefined {
  const texts = expressions.filter(({ type }) => type === 'Search');
  const [search] = texts;
  if (!search) {
    throw new Error(
      `Search query against ${name} does not contain any search filters. You must include a search filter like \`q.search("${searchField}", searchText)\`.`,
    );
  }
  if (texts.length > 1) {
    throw new Error(
      `Search query against ${name} contains multiple search filters against "${search.fieldPath}". Only one is allowed.`,
    );
  }
  if (search.fieldPath !== searchField) {
    throw new Error(
      `Search query against ${name} contains a search filter against "${search.fieldPath}", which doesn't match the indexed \`searchField\` "${searchField}".`,
    );
  }
  if (typeof search.value !== 'string') {
    throw new Error(
      `Search query against ${name} searches for ${describeValue(literalValue(search.value))}: use a string.`,
    );
  }
  const filters = expressions.filter(({ type }) => type === 'Eq');
  if (filters.length > limits.searchFilters) {
    throw new Error(
      `Search query against ${name} has too many filter conditions. Max: ${limits.searchFilters} Actual: ${filters.length}`,
    );
  }
  const conditions = filters.map(({ fieldPath, value }) => {
    const column = filterFields.indexOf(fieldPath);
    if (column >= 0) return `f${column} : "${wordOf(literalValue(value))}"`;
    throw new Error(
      `Search query against ${name} contains an equality filter on "${fieldPath}" but that field isn't indexed for filtering in \`filterFields\`.`,
    );
  });
  const words = wordsOf(search.value).slice(0, limits.searchTerms);
  if (words.length === 0) return undefined;
  // What is typed last may go on.
  const terms = words.map((word, i) => `"${word}"${i === words.length - 1 ? ' *' : ''}`);
  return [`text : (${terms.join(' OR ')})`, ...conditions].join(' AND ');
}

/** As Convex reads texts: what is longer than a word is left out. */
function wordsOf(text: string): string[] {
  const words = text.match(/[\p{Alphabetic}\p{N}]+/gu) ?? [];
  return words.filter((word) => Buffer.byteLength(word) < MAX_WORD_BYTES);
}

/** A word that stands for a value: equal values have equal ones. */
function wordOf(value: Value | undefined): string {
  return createHash('sha256')
    .update(encodeKey([value]))
    .digest()
    .subarray(0, VALUE_BYTES)
    .toString('hex');
}
