/** The rows of a query: those of its source, through its filters and limits in their order. */
import { jsonToConvex } from 'convex/values';
import type { Catalog } from './catalog.ts';
import type { ConvexLimits } from './convex-limits.ts';
import type { DatabaseQuery } from './database.ts';
import type { Document } from './field-path.ts';
import { compileFilter } from './filter.ts';
import { EVERYTHING, indexInterval } from './index-range.ts';
import { IndexScan, type Scan, type ScanRow } from './index-scan.ts';
import { searchMatch } from './search-index.ts';
import { SearchScan } from './search-scan.ts';
import { BY_CREATION_TIME } from './table.ts';
import type { Transaction } from './transaction.ts';

/** Where a query reads, and between which keys. */
export interface Source {
  low: Uint8Array;
  high: Uint8Array;
  isDescending: boolean;
  /** A search is in no order in which it could be cut into halves. */
  canSplit: boolean;
  scan(low: Uint8Array, high: Uint8Array, maxRows?: number): Scan;
}

/** @throws Error in Convex's words, for an index that there is not, or bounds that do not fit it */
export function openSource({ store, reads, ...transaction }: TransactionView, source: DatabaseQuery['source']): Source {
  const { catalog, limits } = store;
  if (source.type === 'Search') {
    const [table, name] = splitName(source.indexName);
    const index = catalog.table(table)?.searches.find((search) => search.name === `${table}.${name}`);
    if (!index) throw notFound(source.indexName);
    const expressions = source.filters;
    searchMatch(index, expressions, limits);
    return {
      ...EVERYTHING,
      isDescending: false,
      canSplit: false,
      scan: (low, high) => new SearchScan({ index, expressions, low, high, reads, limits }),
    };
  }
  const { index, indexName, ...interval } = rangeOf(catalog, source);
  const isDescending = source.order === 'desc';
  const { writes } = transaction;
  return {
    ...interval,
    isDescending,
    canSplit: true,
    scan: (low, high, maxRows) =>
      new IndexScan({
        index,
        indexName,
        low,
        high,
        isDescending,
        reads,
        writes,
        ...(maxRows !== undefined && { maxRows }),
      }),
  };
}

type TransactionView = Pick<Transaction, 'store' | 'reads'> & { writes: () => number };

/** `index` is undefined where there is no such table yet. It is read all the same: a row of it may come. */
function rangeOf(catalog: Catalog, source: Exclude<DatabaseQuery['source'], { type: 'Search' }>) {
  if (source.type === 'FullTableScan') {
    const index = catalog.table(source.tableName)?.indexes.get(BY_CREATION_TIME);
    return { index, indexName: `${source.tableName}.${BY_CREATION_TIME}`, ...EVERYTHING };
  }
  const [table, name] = splitName(source.indexName);
  const index = catalog.table(table)?.indexes.get(name);
  if (!index) throw notFound(source.indexName);
  return { index, indexName: index.name, ...indexInterval(index, source.range) };
}

function splitName(indexName: string): [table: string, index: string] {
  const [table = '', index = ''] = indexName.split('.');
  return [table, index];
}

function notFound(indexName: string): Error {
  return new Error(`Index ${indexName} not found.`);
}

export type NextRow = () => ScanRow | undefined;

/** How many rows the source has to give at most: what is taken before anything is filtered. */
export function rowsNeeded({ operators }: DatabaseQuery): number | undefined {
  const [first] = operators;
  return first && 'limit' in first ? first.limit : undefined;
}

/** @throws Error for operators that are none, or too many */
export function applyOperators(next: NextRow, { operators }: DatabaseQuery, limits: ConvexLimits): NextRow {
  if (operators.length > limits.queryOperators) throw new Error(`Query has too many operators: ${operators.length}`);
  return operators.reduce((rows, operator) => {
    return 'limit' in operator ? limited(rows, operator.limit) : filtered(rows, compileFilter(operator.filter));
  }, next);
}

function filtered(next: NextRow, test: (document: Document) => boolean): NextRow {
  return () => {
    for (let row = next(); row; row = next()) {
      if (test(jsonToConvex(JSON.parse(row.text)) as Document)) return row;
    }
    return undefined;
  };
}

function limited(next: NextRow, limit: number): NextRow {
  let count = 0;
  return () => (count++ < limit ? next() : undefined);
}
