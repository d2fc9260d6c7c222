/**
 * Reads a range of an index, row by row. It reads batches, because SQLite writes nothing while a statement is open. What a transaction
 * writes in the meantime is seen: a batch that is older is discarded.
 */

import type { ReadRange } from './database.ts';
import { afterKey } from './index-key.ts';
import type { ReadSet } from './read-set.ts';
import type { Index } from './table.ts';

const FIRST_ROWS = 32;
const MAX_ROWS = 128;
/** About what a batch may hold, by the size of the rows before. */
const BATCH_CHARACTERS = 256_000;

export interface ScanRow {
  key: Buffer;
  text: string;
}

/** Rows one after another, in an order of keys. */
export interface Scan {
  /** Undefined: there are no more. @throws what is beyond Convex's limits */
  next(): ScanRow | undefined;
  /** Of the newest row that was given. */
  readonly lastKey: Buffer | undefined;
  readonly isDone: boolean;
  readonly rowCount: number;
  readonly characterCount: number;
}

export interface ScanOptions {
  /** Undefined: its table has no rows yet. */
  index: Index | undefined;
  indexName: string;
  low: Uint8Array;
  high: Uint8Array;
  isDescending: boolean;
  reads: ReadSet;
  /** How often the transaction has written. */
  writes(): number;
  /** No more rows than these are needed. */
  maxRows?: number;
}

export class IndexScan implements Scan {
  readonly #options: ScanOptions;
  /** What is read counts, not what may follow: a page is not affected by what comes after it. */
  readonly #range: ReadRange;
  #batch: ScanRow[] = [];
  #at = 0;
  #size: number;
  #isLastBatch = false;
  #writes = -1;
  lastKey: Buffer | undefined;
  isDone = false;
  rowCount = 0;
  characterCount = 0;

  constructor(options: ScanOptions) {
    this.#options = options;
    const { indexName, low, high, isDescending, reads, maxRows = FIRST_ROWS } = options;
    const start = isDescending ? high : low;
    this.#range = reads.add({ index: indexName, low: start, high: start });
    this.#size = Math.min(FIRST_ROWS, Math.max(1, maxRows));
  }

  next(): ScanRow | undefined {
    const { reads, writes } = this.#options;
    if (this.isDone) return undefined;
    if (this.#writes !== writes() || this.#at === this.#batch.length) this.#read();
    const row = this.#batch[this.#at];
    if (!row) {
      this.#end();
      return undefined;
    }
    // What is beyond the limits is not read: a page that ends here goes on with it.
    reads.count(row.text.length);
    this.#at++;
    this.lastKey = row.key;
    this.#narrow(row.key);
    this.rowCount++;
    this.characterCount += row.text.length;
    return row;
  }

  #read(): void {
    const { index, low, high, isDescending, writes } = this.#options;
    const isStale = this.#writes !== writes();
    this.#writes = writes();
    this.#at = 0;
    this.#batch = [];
    if (this.#isLastBatch && !isStale) return;
    const size = this.#size;
    const after = this.lastKey;
    const rows = isDescending
      ? (index?.descending.all(low, after ?? high, size) ?? [])
      : (index?.ascending.all(after ? afterKey(after) : low, high, size) ?? []);
    this.#batch = rows.map(([key, , text]) => ({ key, text }));
    this.#isLastBatch = rows.length < size;
    const characters = this.#batch.reduce((sum, { text }) => sum + text.length, 0);
    const fitting = Math.floor((BATCH_CHARACTERS * rows.length) / Math.max(1, characters));
    this.#size = Math.max(1, Math.min(size * 2, MAX_ROWS, fitting));
  }

  #narrow(key: Buffer): void {
    if (this.#options.isDescending) this.#range.low = key;
    else this.#range.high = afterKey(key);
  }

  #end(): void {
    this.isDone = true;
    this.#range.low = this.#options.low;
    this.#range.high = this.#options.high;
  }
}
