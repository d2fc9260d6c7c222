/**
 * What waits, in ranks, the oldest of each first; and how much there is. Pure. Whatever is asked of it takes the same time
 * however much that is.
 */

/** From what is let go of first to what is never let go of. */
export const RANKS = [
  'report',
  'session',
  /** What was said in a turn. */
  'message',
  /** What became of an announcement. */
  'announcement',
  /** A timer that was set, cancelled, or has rung: a person relies on it. */
  'reminder',
  /** What is known of a turn; its recording is in the cloud, or there is none. */
  'turn',
  /** A turn that was confirmed as stored: nobody else has its sound. */
  'recording',
] as const;
export type Rank = (typeof RANKS)[number];

const MOST_IMPORTANT_FIRST = RANKS.toReversed();

export interface RankedItem {
  readonly key: string;
  readonly rank: Rank;
  readonly bytes: number;
  /** It failed again and again: it is delivered after everything else, and stands in the way of nothing. */
  readonly isStuck: boolean;
}

export interface Sum {
  records: number;
  bytes: number;
}

export interface Ranked<Item extends RankedItem> {
  /** Of everything. */
  readonly sum: Sum;
  add(item: Item): void;
  delete(item: Item): void;
  /** What to let go of first to make room for something of this rank: nothing that is worth more, and no recording. */
  firstToGo(rank: Rank): Item | undefined;
  /** Of what {@link firstToGo} would never name for this rank. */
  fixedFor(rank: Rank): Sum;
  firstToDeliver(): Item | undefined;
}

export function createRanked<Item extends RankedItem>(): Ranked<Item> {
  const fresh = new Map<Rank, Map<string, Item>>();
  const stuck = new Map<Rank, Map<string, Item>>();
  const sums = new Map<Rank, Sum>();
  const sum: Sum = { records: 0, bytes: 0 };

  function count({ rank, bytes }: Item, sign: 1 | -1): void {
    const ofRank = sums.get(rank) ?? { records: 0, bytes: 0 };
    sums.set(rank, ofRank);
    for (const counted of [ofRank, sum]) {
      counted.records += sign;
      counted.bytes += sign * bytes;
    }
  }

  const first = (items: typeof fresh, rank: Rank): Item | undefined => items.get(rank)?.values().next().value;

  return {
    sum,
    add(item) {
      const items = item.isStuck ? stuck : fresh;
      const ofRank = items.get(item.rank) ?? new Map<string, Item>();
      items.set(item.rank, ofRank);
      ofRank.set(item.key, item);
      count(item, 1);
    },
    delete(item) {
      if ((item.isStuck ? stuck : fresh).get(item.rank)?.delete(item.key)) count(item, -1);
    },
    firstToGo(rank) {
      for (const candidate of RANKS) {
        const item = mayGo(candidate, rank) && (first(stuck, candidate) ?? first(fresh, candidate));
        if (item) return item;
      }
      return undefined;
    },
    fixedFor(rank) {
      const fixed: Sum = { records: 0, bytes: 0 };
      for (const [candidate, { records, bytes }] of sums) {
        if (mayGo(candidate, rank)) continue;
        fixed.records += records;
        fixed.bytes += bytes;
      }
      return fixed;
    },
    firstToDeliver() {
      for (const items of [fresh, stuck]) {
        for (const rank of MOST_IMPORTANT_FIRST) {
          const item = first(items, rank);
          if (item) return item;
        }
      }
      return undefined;
    },
  };
}

function mayGo(candidate: Rank, rank: Rank): boolean {
  return candidate !== 'recording' && RANKS.indexOf(candidate) <= RANKS.indexOf(rank);
}
