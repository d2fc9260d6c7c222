/**
 * The database of the embedded cloud: Convex's documents and indexes in SQLite. What it promises:
 *
 * - A write is one transaction at a time (serializable) and on the disk (fsync) when its promise resolves. What throws has changed nothing.
 * - A read sees no half of a write. It reports the ranges that it read, and each commit the keys that it wrote, so that a subscription
 *   is executed again only when what it read has changed.
 * - Tables whose names begin with `_` are not in convex/schema.ts: `_storage` is the database's, those of runtime/system-tables.ts are
 *   the runtime's. Both are read and written like others; that functions cannot write them is the runtime's to check.
 * - Documents go in and out as JSON text in Convex's format (`convexToJson`), so that a stored text is returned without parsing.
 */
import type { JSONValue, Value } from 'convex/values';

/** A document as JSON text in Convex's format, with `_id` and `_creationTime`. */
export type DocumentText = string;

/** Keys of one index from `low` (inclusive) to `high` (exclusive). A document read by its id is a range of the index `by_id`. */
export interface ReadRange {
  /** `table.index` */
  index: string;
  low: Uint8Array;
  high: Uint8Array;
}

/** One key of one index that a commit added, removed, or whose document it changed. */
export interface WrittenKey {
  /** `table.index` */
  index: string;
  key: Uint8Array;
}

/** A query as Convex's client library writes it: where it reads, and what it does with each row. */
export interface DatabaseQuery {
  source:
    | { type: 'FullTableScan'; tableName: string; order: 'asc' | 'desc' | null }
    | { type: 'IndexRange'; indexName: string; range: RangeExpression[]; order: 'asc' | 'desc' | null }
    | { type: 'Search'; indexName: string; filters: SearchExpression[] };
  operators: ({ filter: JSONValue } | { limit: number })[];
}
export interface RangeExpression {
  type: 'Eq' | 'Gt' | 'Gte' | 'Lt' | 'Lte';
  fieldPath: string;
  value: JSONValue;
}
export interface SearchExpression {
  type: 'Search' | 'Eq';
  fieldPath: string;
  value: JSONValue;
}

/** The rows of a query, one after another. It stays valid while its transaction writes. */
export interface Rows {
  next(): DocumentText | undefined;
}

export interface PageRequest {
  query: DatabaseQuery;
  /** Null: from the start. */
  cursor: string | null;
  /** Where the page ends, whatever its length: how a page that is watched keeps its limits when rows come and go. */
  endCursor?: string | null;
  pageSize: number;
  maximumRowsRead?: number;
  maximumBytesRead?: number;
}
export interface Page {
  documents: DocumentText[];
  isDone: boolean;
  continueCursor: string;
  splitCursor: string | null;
  pageStatus: 'SplitRecommended' | 'SplitRequired' | null;
}

/** What a transaction has read and written so far, as Convex counts it against its limits. Bytes of documents, in characters of their text. */
export interface TransactionUsage {
  documentsRead: number;
  bytesRead: number;
  documentsWritten: number;
  bytesWritten: number;
}

export interface Reader {
  readonly usage: TransactionUsage;
  /** What was read so far. */
  readonly reads: readonly ReadRange[];
  /** Of the last commit that it sees. */
  readonly timestamp: bigint;
  /** Undefined: there is none. @throws for an id of another table */
  get(id: string, table?: string): DocumentText | undefined;
  open(query: DatabaseQuery): Rows;
  page(request: PageRequest): Page;
  count(table: string): number;
  /** The id, if it is one of this table, in any spelling that Convex accepts; otherwise null. */
  normalizeId(table: string, id: string): string | null;
}

export interface Writer extends Reader {
  /** @returns the new id. @throws what does not match the schema, or is too large */
  insert(table: string, fields: Record<string, Value>): string;
  /** `undefined` removes a field. */
  patch(id: string, fields: Record<string, Value | undefined>, table?: string): void;
  replace(id: string, fields: Record<string, Value>, table?: string): void;
  remove(id: string, table?: string): void;
  /**
   * What `work` writes is undone if it throws. It has a writer of its own: until it ends, this one writes nothing (that throws), because
   * its writes would be undone with those of `work`. Nested ones run one after another, however they are called.
   */
  nested<T>(work: (writer: Writer) => Promise<T>): Promise<T>;
  /** After the commit, in the order of the calls; not after a rollback. */
  afterCommit(act: () => void): void;
}

export interface Commit {
  written: readonly WrittenKey[];
  /** Rises with each commit, also over a restart. */
  timestamp: bigint;
}

/** Finds those whose reads a commit touched, without looking at all of them. */
export interface ReadIndex<Watcher> {
  /** Replaces what this watcher has read before. */
  add(watcher: Watcher, reads: readonly ReadRange[]): void;
  remove(watcher: Watcher): void;
  affectedBy(written: readonly WrittenKey[]): Set<Watcher>;
}

export interface Database {
  /** Waits for the write in progress; further reads run beside it. */
  read<T>(work: (reader: Reader) => Promise<T>): Promise<T>;
  /** Those that wait are committed together (group commit). @throws what `work` throws */
  write<T>(work: (writer: Writer) => Promise<T>): Promise<T>;
  /** Called after each commit, before its writers hear of it. */
  onCommit(listener: (commit: Commit) => void): () => void;
  /** The table that an id belongs to; null: it is no id. */
  tableOf(id: string): string | null;
  /** Id and size of each stored file, however many there are: for the start, before anything is written. */
  storedFiles(): Iterable<{ id: string; bytes: number }>;
  /** A new timestamp, later than every commit and every earlier call: nanoseconds, not before the time of day. */
  timestamp(): bigint;
  close(): void;
}
