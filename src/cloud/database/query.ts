/** The rows of a query: those of its source, through its filters and limits in their order. */
import { jsonToConvex } from 'convex/values';
import { BY_CREATION_TIME, type Catalog, type Index } from './catalog.ts';
import type { ConvexLimits } from './convex-limits.ts';
import type { DatabaseQuery } from './database.ts';
import type { Document } from './field-path.ts';
import { compileFilter } from './filter.ts';
import { EVERYTHING, indexInterval } from './index-range.ts';
import type { ScanRow } from './index-scan.ts';

export interface RangeSource {
  /** Undefined: there is no such table yet. It is read all the same: a row of it may come. */
  index: Index | undefined;
  indexName: string;
  low: Uint8Array;
  high: Uint8Array;
  isDescending: boolean;
}

/** @throws Error in Convex's words, for an index that there is not, or bounds that do not fit it */
export function rangeSource(catalog: Catalog, source: DatabaseQuery['source']): RangeSource {
  if (source.type === 'Search') throw new Error('Not a range of an index.');
  const isDescending = source.order === 'desc';
  if (source.type === 'FullTableScan') {
    const index = catalog.table(source.tableName)?.indexes.get(BY_CREATION_TIME);
    return { index, indexName: `${source.tableName}.${BY_CREATION_TIME}`, isDescending, ...EVERYTHING };
  }
  const [tableName = '', name = ''] = source.indexName.split('.');
  const index = catalog.table(tableName)?.indexes.get(name);
  if (!index) throw new Error(`Index ${source.indexName} not found.`);
  return { index, indexName: index.name, isDescending, ...indexInterval(index, source.range) };
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
