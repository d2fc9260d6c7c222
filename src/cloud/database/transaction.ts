/** What one read or write has done so far. */
import type { Catalog } from './catalog.ts';
import type { ConvexLimits } from './convex-limits.ts';
import type { TransactionUsage, WrittenKey } from './database.ts';
import { sizeText } from './document-check.ts';
import { ReadSet } from './read-set.ts';
import { isSqliteError, type Sqlite } from './sqlite.ts';

/** The database as its transactions see it. */
export interface Store {
  readonly sql: Sqlite;
  readonly catalog: Catalog;
  readonly limits: ConvexLimits;
  /** Of a new document. */
  nextCreationTime(): number;
}

/** One for all: an error takes time to make, and each transaction ends. */
const ENDED = new Error('The function has ended, and its transaction with it. Await all that it does.');

export class Transaction {
  readonly store: Store;
  readonly reads: ReadSet;
  written: WrittenKey[] = [];
  acts: (() => void)[] = [];
  /** Rises with each write: what was read before may be stale. */
  writes = 0;
  /** An error of SQLite in the middle of a write, after which nothing of it may be committed, whoever catches it. */
  fault: unknown;
  #documentsWritten = 0;
  #bytesWritten = 0;
  #ended: Error | undefined;

  /** Of the last commit that it sees. */
  readonly timestamp: bigint;

  constructor(store: Store, timestamp: bigint) {
    this.store = store;
    this.timestamp = timestamp;
    this.reads = new ReadSet(store.limits);
  }

  /** @throws Error when it is over: its function went on after it had answered, or its time was up */
  check(): void {
    if (this.#ended) throw this.#ended;
    if (this.fault) throw this.fault;
  }

  /** What is read or written from now on throws. */
  end(reason: Error = ENDED): void {
    this.#ended ??= reason;
  }

  /** A write of one document. @throws what is beyond Convex's limits */
  countWrite(bytes: number): void {
    this.writes++;
    this.#documentsWritten++;
    this.#bytesWritten += bytes;
    const { documentsWritten, bytesWritten } = this.store.limits;
    if (this.#documentsWritten > documentsWritten) {
      throw new Error(`Too many writes in a single function execution (limit: ${documentsWritten})`);
    }
    if (this.#bytesWritten > bytesWritten) {
      throw new Error(`Too many bytes written in a single function execution (limit: ${sizeText(bytesWritten)})`);
    }
  }

  get usage(): TransactionUsage {
    const { documentCount: documentsRead, byteCount: bytesRead } = this.reads;
    return { documentsRead, bytesRead, documentsWritten: this.#documentsWritten, bytesWritten: this.#bytesWritten };
  }

  /** Changes the database. */
  change<T>(work: () => T): T {
    this.check();
    try {
      return work();
    } catch (error) {
      if (isSqliteError(error)) this.fault ??= error;
      throw error;
    }
  }
}
