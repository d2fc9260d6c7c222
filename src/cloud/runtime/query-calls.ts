/** System calls of queries of tables: rows one after another, and pages. */
import type { DatabaseQuery } from '../database/database.ts';
import type { SystemCall, SystemCallNow } from './execution.ts';
import { readerOf } from './execution.ts';
import { VISIBLE_SYSTEM_TABLES } from './system-tables.ts';

export const queries: Record<string, SystemCall> = {
  queryStreamNext({ cursors }, { queryId }) {
    const document = cursors.get(queryId)?.next();
    return document === undefined ? '{"value":null,"done":true}' : `{"value":${document},"done":false}`;
  },

  queryPage(execution, { query, cursor, endCursor, pageSize, maximumRowsRead, maximumBytesRead }) {
    checkPage({ pageSize, maximumRowsRead, maximumBytesRead });
    const { pages } = execution;
    if (pages.endsAt !== null) {
      throw new Error(
        'This query or mutation function ran multiple paginated queries. Convex only supports a single paginated query in each function.',
      );
    }
    const page = readerOf(execution).page({
      query: visible(query),
      cursor,
      endCursor: endCursor ?? pages.endedAt,
      pageSize,
      ...(maximumRowsRead && { maximumRowsRead }),
      ...(maximumBytesRead && { maximumBytesRead }),
    });
    pages.endsAt = page.continueCursor;
    const { documents, ...rest } = page;
    return `{"page":[${documents.join()}],${JSON.stringify(rest).slice(1)}`;
  },
};

export const queriesNow: Record<string, SystemCallNow> = {
  queryStream(execution, { query }) {
    const { cursors } = execution;
    const queryId = cursors.size;
    cursors.set(queryId, readerOf(execution).open(visible(query)));
    return `{"queryId":${queryId}}`;
  },
  queryCleanup({ cursors }, { queryId }) {
    // Its number stays taken.
    cursors.set(queryId, { next: () => undefined });
    return '{}';
  },
};

/** The runtime's own tables are nobody's else. */
function visible(query: DatabaseQuery): DatabaseQuery {
  const { source } = query;
  const table =
    source.type === 'FullTableScan' ? source.tableName : source.indexName.slice(0, source.indexName.indexOf('.'));
  if (table.startsWith('_') && !VISIBLE_SYSTEM_TABLES.has(table)) throw new Error(`There is no system table ${table}.`);
  return query;
}

function checkPage(limits: {
  pageSize: number;
  maximumRowsRead?: number | null;
  maximumBytesRead?: number | null;
}): void {
  if (limits.pageSize === 0) throw new Error('Must request at least 1 document while paginating');
  if (limits.maximumRowsRead === 0 || limits.maximumBytesRead === 0) {
    throw new Error('maximumRowsRead and maximumBytesRead must be greater than 0');
  }
}
