/** Reads documents within a transaction. */

import type {
  DatabaseQuery,
  DocumentText,
  Page,
  PageRequest,
  Reader,
  ReadRange,
  Rows,
  TransactionUsage,
} from './database.ts';
import { checkTableName } from './document-check.ts';
import { type DocumentId, decodeId, decodeIdOrNull, encodeId } from './document-id.ts';
import { afterKey, idKey } from './index-key.ts';
import { EVERYTHING } from './index-range.ts';
import { readPage } from './page.ts';
import { applyOperators, openSource, rowsNeeded, type Source } from './query.ts';
import type { Table } from './table.ts';
import type { Transaction } from './transaction.ts';

export class TransactionReader implements Reader {
  protected readonly transaction: Transaction;

  constructor(transaction: Transaction) {
    this.transaction = transaction;
  }

  get reads(): readonly ReadRange[] {
    return this.transaction.reads.ranges;
  }

  get usage(): TransactionUsage {
    return this.transaction.usage;
  }

  get timestamp(): bigint {
    return this.transaction.timestamp;
  }

  get(id: string, tableName?: string): DocumentText | undefined {
    this.transaction.check();
    const { key, table } = this.locate('db.get', id, tableName);
    if (!table) return undefined;
    const { reads } = this.transaction;
    reads.addDocument(id, () => ({ index: table.byId.name, low: key, high: afterKey(key) }));
    const text = table.get.get(key)?.text;
    if (text !== undefined) reads.count(text.length);
    return text;
  }

  open(query: DatabaseQuery): Rows {
    this.transaction.check();
    const source = this.#source(query);
    const scan = source.scan(source.low, source.high, rowsNeeded(query));
    const next = applyOperators(() => scan.next(), query, this.transaction.store.limits);
    return {
      next: () => {
        this.transaction.check();
        return next()?.text;
      },
    };
  }

  page(request: PageRequest): Page {
    this.transaction.check();
    return readPage(request, this.#source(request.query), this.transaction.store.limits);
  }

  count(tableName: string): number {
    this.transaction.check();
    const { catalog, limits } = this.transaction.store;
    checkTableName(tableName, limits);
    this.transaction.reads.add({ index: `${tableName}.by_creation_time`, ...EVERYTHING });
    return catalog.table(tableName)?.count.get() ?? 0;
  }

  normalizeId(tableName: string, id: string): string | null {
    checkTableName(tableName, this.transaction.store.limits);
    const decoded = decodeIdOrNull(id);
    const number = this.transaction.store.catalog.table(tableName)?.number;
    if (!decoded || decoded.tableNumber !== number) return null;
    return encodeId(decoded.tableNumber, decoded.internal);
  }

  /** @throws Error in Convex's words for what is no id, or one of another table */
  protected locate(method: string, id: string, tableName?: string): { key: Buffer; table: Table | undefined } {
    const invalid = (reason: string) => new Error(`Invalid argument \`id\` for \`${method}\`: ${reason}`);
    let decoded: DocumentId;
    try {
      decoded = decodeId(id);
    } catch (error) {
      throw invalid((error as Error).message);
    }
    const table = this.transaction.store.catalog.byNumber(decoded.tableNumber);
    if (!table && method !== 'db.get') throw invalid(`Table for ID "${id}" not found`);
    if (table && tableName !== undefined && table.name !== tableName) {
      throw invalid(`expected to be an Id<"${tableName}">, got Id<"${table.name}"> instead.`);
    }
    return { key: idKey(decoded.internal), table };
  }

  #source(query: DatabaseQuery): Source {
    const { store, reads } = this.transaction;
    return openSource({ store, reads, writes: () => this.transaction.writes }, query.source);
  }
}
