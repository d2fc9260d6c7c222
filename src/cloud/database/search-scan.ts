/**
 * The results of a search, the best first. Their order depends on all texts of the index, so a search has read the whole index: any write of
 * a text of its table may change what it answers.
 */
import type { ConvexLimits } from './convex-limits.ts';
import type { SearchExpression } from './database.ts';
import { encodeKey } from './index-key.ts';
import { EVERYTHING } from './index-range.ts';
import type { Scan, ScanRow } from './index-scan.ts';
import type { ReadSet } from './read-set.ts';
import { type SearchIndex, searchMatch } from './search-index.ts';

export interface SearchOptions {
  index: SearchIndex;
  expressions: readonly SearchExpression[];
  /** Of the keys of results, for pages: a key is the rank, then the row. */
  low: Uint8Array;
  high: Uint8Array;
  reads: ReadSet;
  limits: ConvexLimits;
}

export class SearchScan implements Scan {
  readonly #options: SearchOptions;
  #results: { key: Buffer; row: number }[] | undefined;
  #at = 0;
  lastKey: Buffer | undefined;
  isDone = false;
  rowCount = 0;
  characterCount = 0;

  constructor(options: SearchOptions) {
    this.#options = options;
    options.reads.add({ index: options.index.name, ...EVERYTHING });
  }

  next(): ScanRow | undefined {
    const { index, reads, limits } = this.#options;
    this.#results ??= this.#find();
    for (;;) {
      if (this.#at === limits.searchResults) {
        throw new Error(
          `Search query scanned too many documents (fetched ${limits.searchResults}). Consider using a smaller limit, paginating the query, or using a filter field to limit the number of documents pulled from the search index.`,
        );
      }
      const result = this.#results[this.#at];
      if (!result) {
        this.isDone = true;
        return undefined;
      }
      const text = index.text.get(result.row);
      // Undefined: this transaction has deleted it since.
      if (text !== undefined) reads.count(text.length);
      this.#at++;
      if (text === undefined) continue;
      this.lastKey = result.key;
      this.rowCount++;
      this.characterCount += text.length;
      return { key: result.key, text };
    }
  }

  #find(): { key: Buffer; row: number }[] {
    const { index, expressions, low, high, limits } = this.#options;
    const match = searchMatch(index, expressions, limits);
    if (match === undefined) return [];
    return index.find
      .all(match, limits.searchResults)
      .map(([row, rank]) => ({ row, key: encodeKey([rank, -row]) }))
      .filter(({ key }) => Buffer.compare(low, key) <= 0 && Buffer.compare(key, high) < 0);
  }
}
