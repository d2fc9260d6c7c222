/**
 * Everything that is stored of a device, table by table and page by page. A cursor is the number of a table and the cursor in it.
 */
import type { PaginationOptions, PaginationResult } from 'convex/server';
import type { Doc } from './_generated/dataModel.d.ts';
import type { QueryCtx } from './_generated/server.js';
import { ROWS_OF_DEVICE, TABLES_OF_DEVICE } from './device-rows.ts';
import { refusal } from './errors.ts';

const MAX_PAGE = 200;

export interface ExportedRow {
  table: string;
  row: Record<string, unknown>;
}

/** The device itself is on the first page. A page may be empty before the end. */
export async function exportedPage(
  ctx: QueryCtx,
  device: Doc<'devices'>,
  { cursor, numItems }: PaginationOptions,
): Promise<PaginationResult<ExportedRow>> {
  const place = placeOf(cursor);
  const table = TABLES_OF_DEVICE[place.table];
  if (!table) throw refusal('value_invalid', 'This cursor is not of an export.');
  const limited = Math.min(Math.max(1, Math.trunc(numItems)), MAX_PAGE);
  const { page, isDone, continueCursor } = await ROWS_OF_DEVICE[table](ctx, device).paginate({
    cursor: place.cursor,
    numItems: limited,
  });
  const isLast = isDone && place.table === TABLES_OF_DEVICE.length - 1;
  return {
    page: [
      ...(cursor === null ? [{ table: 'devices', row: plain(device) }] : []),
      ...(await Promise.all(page.map(async (row) => ({ table, row: await withUrl(ctx, row) })))),
    ],
    isDone: isLast,
    continueCursor: isDone && !isLast ? `${place.table + 1}:` : `${place.table}:${continueCursor}`,
  };
}

function placeOf(cursor: string | null): { table: number; cursor: string | null } {
  const [, table = '0', inTable = ''] = cursor?.match(/^(\d{1,2}):(.*)$/s) ?? [];
  if (cursor !== null && !cursor.includes(':')) throw refusal('value_invalid', 'This cursor is not of an export.');
  return { table: Number(table), cursor: inTable === '' ? null : inTable };
}

async function withUrl(ctx: QueryCtx, row: Stored): Promise<Record<string, unknown>> {
  const url = row.storageId && (await ctx.storage.getUrl(row.storageId));
  return { ...plain(row), ...(url && { url }) };
}

type Stored = Record<string, unknown> & Partial<Pick<Doc<'recordings'>, 'storageId'>>;

/** Without ids of the database, and without the hash of the token. */
function plain({ _id, deviceId, tenant, storageId, tokenHash, ...row }: Stored): Record<string, unknown> {
  return row;
}
