/**
 * Pages of a query. A cursor is the key of the last row that was read, so a page begins where the one before ended, whatever was written in
 * between.
 */
import { createHash } from 'node:crypto';
import { ConvexError } from 'convex/values';
import type { ConvexLimits } from './convex-limits.ts';
import type { Page, PageRequest } from './database.ts';
import { afterKey } from './index-key.ts';
import { applyOperators, type Source } from './query.ts';
import { ReadLimitError } from './read-set.ts';

const FINGERPRINT_BYTES = 6;
const END = 'end';

/** Where a page begins or ends: after a key, or after all rows. */
type Position = Buffer | typeof END;

/** @throws ConvexError for a cursor of another query, Error for a request that Convex would refuse */
export function readPage(request: PageRequest, source: Source, limits: ConvexLimits): Page {
  checkRequest(request, limits);
  const { query, pageSize } = request;
  const fingerprint = fingerprintOf(query);
  const start = request.cursor === null ? undefined : positionOf(request.cursor, fingerprint);
  const end = typeof request.endCursor === 'string' ? positionOf(request.endCursor, fingerprint) : undefined;
  const rows = source.scan(...interval(source, start, end), pageSize);
  const next = applyOperators(
    () => {
      // Where a page ends with a cursor, all of it is needed.
      if (!end && rows.rowCount >= (request.maximumRowsRead ?? limits.documentsRead)) throw new ReadLimitError();
      if (!end && rows.characterCount >= (request.maximumBytesRead ?? limits.bytesRead)) throw new ReadLimitError();
      const row = rows.next();
      if (row) keys.push(row.key);
      return row;
    },
    query,
    limits,
  );
  const keys: Buffer[] = [];
  const documents: string[] = [];
  let pageStatus: Page['pageStatus'] = null;
  try {
    while (end || documents.length < pageSize) {
      const row = next();
      if (!row) break;
      documents.push(row.text);
    }
  } catch (error) {
    if (!(error instanceof ReadLimitError) || keys.length === 0) throw error;
    pageStatus = 'SplitRequired';
  }
  const isLong =
    documents.length > limits.pageDocuments ||
    rows.rowCount > (request.maximumRowsRead ?? limits.documentsRead) * limits.pageShare ||
    rows.characterCount > (request.maximumBytesRead ?? limits.bytesRead) * limits.pageShare;
  const position = end ?? (rows.isDone || !rows.lastKey ? END : rows.lastKey);
  const middle = source.canSplit && keys.length > 2 ? keys[Math.floor(keys.length / 2)] : undefined;
  return {
    documents,
    isDone: position === END,
    continueCursor: cursorOf(position, fingerprint),
    splitCursor: middle ? cursorOf(middle, fingerprint) : null,
    pageStatus: pageStatus ?? (isLong ? 'SplitRecommended' : null),
  };
}

function checkRequest({ pageSize, maximumRowsRead, maximumBytesRead }: PageRequest, limits: ConvexLimits): void {
  if (pageSize === 0) throw new Error('Must request at least 1 document while paginating');
  if (pageSize > limits.documentsRead) throw new Error(`Requested too many items: ${pageSize}`);
  if (maximumRowsRead === 0 || maximumBytesRead === 0) {
    throw new Error('maximumRowsRead and maximumBytesRead must be greater than 0');
  }
}

/** The part of the source after `start`, up to `end` and with it. A cursor comes from outside: it leads nowhere else. */
function interval({ low, high, isDescending }: Source, start?: Position, end?: Position): [Uint8Array, Uint8Array] {
  if (start === END) return [high, high];
  let from = low;
  let to = high;
  if (start && isDescending) to = lesser(to, start);
  else if (start) from = greater(from, afterKey(start));
  if (end && end !== END && isDescending) from = greater(from, end);
  else if (end && end !== END) to = lesser(to, afterKey(end));
  return [from, to];
}

function lesser(a: Uint8Array, b: Uint8Array): Uint8Array {
  return Buffer.compare(a, b) <= 0 ? a : b;
}

function greater(a: Uint8Array, b: Uint8Array): Uint8Array {
  return Buffer.compare(a, b) >= 0 ? a : b;
}

/** A cursor is for one query: with other bounds it would lead to rows that were never asked for. */
function fingerprintOf(query: PageRequest['query']): string {
  const digest = createHash('sha256').update(JSON.stringify(query)).digest();
  return digest.subarray(0, FINGERPRINT_BYTES).toString('base64url');
}

function cursorOf(position: Position, fingerprint: string): string {
  return `${fingerprint}.${position === END ? END : position.toString('hex')}`;
}

function positionOf(cursor: string, fingerprint: string): Position {
  const [of, key = ''] = cursor.split('.');
  if (of !== fingerprint || !/^(?:end|(?:[0-9a-f]{2})+)$/.test(key)) throw invalidCursor();
  return key === END ? END : Buffer.from(key, 'hex');
}

/** Convex's clients begin again with the first page. */
function invalidCursor(): Error {
  const error = new ConvexError({ isConvexSystemError: true, paginationError: 'InvalidCursor' });
  error.message =
    'InvalidCursor: Tried to run a query starting from a cursor, but it looks like this cursor is from a different query.';
  return error;
}
