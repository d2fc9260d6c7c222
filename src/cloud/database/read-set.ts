/** What a transaction has read: ranges of indexes, and how much of the limits it has used. */
import type { ConvexLimits } from './convex-limits.ts';
import type { ReadRange } from './database.ts';
import { afterBytes } from './index-key.ts';

const HELP =
  'Consider using smaller limits in your queries, paginating your queries, or using indexed queries with a selective index range expressions.';
/** Longer bounds are cut, to ranges that are a little wider: they stay in memory as long as somebody watches. */
const MAX_BOUND_BYTES = 2_500;

export class ReadSet {
  readonly #limits: ConvexLimits;
  readonly #ranges: ReadRange[] = [];
  /** Those of single documents, which functions often read again. */
  readonly #documents = new Map<string, ReadRange>();
  #documentCount = 0;
  #byteCount = 0;

  constructor(limits: ConvexLimits) {
    this.#limits = limits;
  }

  /** The range counts from when it is given bounds; they may grow while it is read. */
  add(range: ReadRange): ReadRange {
    this.#ranges.push(range);
    const limit = this.#limits.rangesRead;
    if (this.#ranges.length > limit)
      throw new Error(`Too many reads in a single function execution (limit: ${limit}). ${HELP}`);
    return range;
  }

  /** Of a document that is read by its id. */
  addDocument(id: string, range: () => ReadRange): void {
    if (!this.#documents.has(id)) this.#documents.set(id, this.add(range()));
  }

  /** One document more. @throws what is beyond Convex's limits */
  count(bytes: number): void {
    this.#documentCount++;
    this.#byteCount += bytes;
    const { documentsRead, bytesRead } = this.#limits;
    if (this.#documentCount > documentsRead) {
      throw new ReadLimitError(
        `Too many documents read in a single function execution (limit: ${documentsRead}). ${HELP}`,
      );
    }
    if (this.#byteCount > bytesRead) {
      throw new ReadLimitError(
        `Too many bytes read in a single function execution (limit: ${bytesRead} bytes). ${HELP}`,
      );
    }
  }

  get documentCount(): number {
    return this.#documentCount;
  }

  get byteCount(): number {
    return this.#byteCount;
  }

  get ranges(): ReadRange[] {
    return this.#ranges
      .filter(({ low, high }) => Buffer.compare(low, high) < 0)
      .map(({ index, low, high }) => ({
        index,
        low: low.length > MAX_BOUND_BYTES ? low.slice(0, MAX_BOUND_BYTES) : low,
        high: high.length > MAX_BOUND_BYTES ? afterBytes(high.subarray(0, MAX_BOUND_BYTES)) : high,
      }));
  }
}

/** More than a transaction may read. A page ends here instead. */
export class ReadLimitError extends Error {}
