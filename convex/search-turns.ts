/**
 * Finds turns by words of either side. Each side has a search index of its own; their results are merged by reciprocal rank fusion
 * (Cormack et al. 2009), because scores of two indexes cannot be compared.
 */
import type { Doc } from './_generated/dataModel.d.ts';
import type { QueryCtx } from './_generated/server.js';
import type { Tenant } from './lookup.ts';

/** The constant of reciprocal rank fusion. */
const RANK_OFFSET = 60;

export interface TurnSearch {
  tenant: Tenant;
  /** Undefined: of all. */
  device: Doc<'devices'> | undefined;
  text: string;
  limit: number;
}

/** Those that match best first. */
export async function searchTurns(ctx: QueryCtx, search: TurnSearch): Promise<Doc<'turns'>[]> {
  const sides = [await bestOf(ctx, 'by_transcript', search), await bestOf(ctx, 'by_replyText', search)];
  const found = new Map<string, { turn: Doc<'turns'>; score: number }>();
  for (const side of sides) {
    for (const [rank, turn] of side.entries()) {
      const { score } = found.get(turn._id) ?? { score: 0 };
      found.set(turn._id, { turn, score: score + 1 / (RANK_OFFSET + rank) });
    }
  }
  const best = [...found.values()].sort((a, b) => b.score - a.score || b.turn.startedAt - a.turn.startedAt);
  return best.slice(0, search.limit).map(({ turn }) => turn);
}

async function bestOf(
  ctx: QueryCtx,
  side: 'by_transcript' | 'by_replyText',
  { tenant, device, text, limit }: TurnSearch,
): Promise<Doc<'turns'>[]> {
  const turns = ctx.db.query('turns');
  const found =
    side === 'by_transcript'
      ? turns.withSearchIndex('by_transcript', (q) => {
          const words = q.search('transcript', text).eq('tenant', tenant);
          return device ? words.eq('deviceId', device._id) : words;
        })
      : turns.withSearchIndex('by_replyText', (q) => {
          const words = q.search('replyText', text).eq('tenant', tenant);
          return device ? words.eq('deviceId', device._id) : words;
        });
  return await found.take(limit);
}
