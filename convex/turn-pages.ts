/**
 * Chooses the index for a page of turns. Every filter has an index, so a page reads as many turns as it has; only turns of one outcome among those
 * with (or without) an error are picked out of what is read.
 */
import type { PaginationOptions, PaginationResult } from 'convex/server';
import { type Infer, v } from 'convex/values';
import type { Doc } from './_generated/dataModel.d.ts';
import type { QueryCtx } from './_generated/server.js';
import type { Tenant } from './lookup.ts';
import { turnOutcome } from './values.ts';

const MAX_PAGE = 200;
/** What one page may read. The client's library asks for the rest. */
const MAX_READ = 1_000;

export const turnFilter = {
  outcome: v.optional(turnOutcome),
  hasError: v.optional(v.boolean()),
  /** Only turns that began then or later. */
  sinceMs: v.optional(v.number()),
  /** Only turns that began before. */
  beforeMs: v.optional(v.number()),
};

export interface TurnPage {
  tenant: Tenant;
  /** Undefined: of all. */
  device: Doc<'devices'> | undefined;
  outcome?: Infer<typeof turnOutcome>;
  hasError?: boolean;
  sinceMs?: number;
  beforeMs?: number;
  paginationOpts: PaginationOptions;
}

/** Newest first. */
export async function turnPage(ctx: QueryCtx, page: TurnPage): Promise<PaginationResult<Doc<'turns'>>> {
  const { outcome, hasError, paginationOpts } = page;
  const turns = filtered(ctx, page).order('desc');
  const both = hasError !== undefined && outcome !== undefined;
  const wanted = both ? turns.filter((q) => q.eq(q.field('outcome'), outcome)) : turns;
  const numItems = Math.min(Math.max(1, Math.trunc(paginationOpts.numItems)), MAX_PAGE);
  return await wanted.paginate({ ...paginationOpts, numItems, maximumRowsRead: MAX_READ });
}

/** Later than all that any clock says. */
const NEVER_MS = Number.MAX_SAFE_INTEGER;

function filtered(ctx: QueryCtx, { tenant, device, outcome, hasError, sinceMs = 0, beforeMs = NEVER_MS }: TurnPage) {
  const turns = ctx.db.query('turns');
  if (hasError !== undefined) {
    return device
      ? turns.withIndex('by_device_hasError_and_startedAt', (q) =>
          q.eq('deviceId', device._id).eq('hasError', hasError).gte('startedAt', sinceMs).lt('startedAt', beforeMs),
        )
      : turns.withIndex('by_hasError_tenant_and_startedAt', (q) =>
          q.eq('hasError', hasError).eq('tenant', tenant).gte('startedAt', sinceMs).lt('startedAt', beforeMs),
        );
  }
  if (outcome !== undefined) {
    return device
      ? turns.withIndex('by_device_outcome_and_startedAt', (q) =>
          q.eq('deviceId', device._id).eq('outcome', outcome).gte('startedAt', sinceMs).lt('startedAt', beforeMs),
        )
      : turns.withIndex('by_tenant_outcome_and_startedAt', (q) =>
          q.eq('tenant', tenant).eq('outcome', outcome).gte('startedAt', sinceMs).lt('startedAt', beforeMs),
        );
  }
  return device
    ? turns.withIndex('by_device_and_startedAt', (q) =>
        q.eq('deviceId', device._id).gte('startedAt', sinceMs).lt('startedAt', beforeMs),
      )
    : turns.withIndex('by_tenant_and_startedAt', (q) =>
        q.eq('tenant', tenant).gte('startedAt', sinceMs).lt('startedAt', beforeMs),
      );
}
