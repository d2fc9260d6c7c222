/**
 * The connections that have not shown yet who they are. Their number is limited, in all and for each client address; where
 * that is reached, one of them goes, and the new one stays: an honest client finishes within milliseconds, so the one that has
 * waited longest is the one that never will. Turning the new one away would let whoever holds the places lock out everybody
 * who shares the address.
 *
 * The one that goes has come least far, and among those it is the oldest: who floods with silent connections never reaches
 * one that has asked for something, and one whose token is being verified goes last.
 */

/**
 * How far a connection has come; the first go first. `unproven` has asked for something without saying who it is, `proving`
 * has a token, which is being verified or was.
 */
const STAGES = ['refused', 'silent', 'unproven', 'proving'] as const;
export type Stage = (typeof STAGES)[number];

export interface HandshakeLimits {
  /** Connections of one owner, and of all; Infinity: any number. */
  handshakesPerAddress: number;
  handshakes: number;
}

export interface Handshake {
  /** It has come so far. `owner` is whose it is, where that has become known. */
  reach(stage: Stage, owner?: string): void;
  /** It is no longer counted: it has shown who it is, or is gone. */
  leave(): void;
}

export interface Handshakes {
  /**
   * @param owner among whose connections it is counted: its client's address, or undefined for one that stands for many
   *   clients and is counted among all only
   * @param drop ends it
   */
  enter(owner: string | undefined, drop: () => void): Handshake;
  count(): number;
  /** Dropped so far because of a limit. */
  dropped(): number;
}

interface Entry {
  owner: string | undefined;
  stage: Stage;
  drop(): void;
}

export function createHandshakes({ handshakes, handshakesPerAddress }: HandshakeLimits): Handshakes {
  /** In the order in which they came. */
  const all = new Set<Entry>();
  const byOwner = new Map<string, Set<Entry>>();
  let dropped = 0;

  function add(entry: Entry): void {
    all.add(entry);
    if (entry.owner === undefined) return;
    const group = byOwner.get(entry.owner) ?? new Set();
    byOwner.set(entry.owner, group.add(entry));
    if (group.size > handshakesPerAddress) dropOf(group, entry);
  }

  function remove(entry: Entry): void {
    all.delete(entry);
    const group = entry.owner === undefined ? undefined : byOwner.get(entry.owner);
    group?.delete(entry);
    if (group?.size === 0 && entry.owner !== undefined) byOwner.delete(entry.owner);
  }

  /** The newcomer is not asked to go, unless it is alone. */
  function dropOf(group: Set<Entry>, newcomer: Entry): void {
    let first: Entry | undefined;
    for (const entry of group) {
      if (entry === newcomer) continue;
      if (!first || STAGES.indexOf(entry.stage) < STAGES.indexOf(first.stage)) first = entry;
    }
    const victim = first ?? newcomer;
    dropped += 1;
    remove(victim);
    victim.drop();
  }

  /** Whoever has the most connections gives one up. */
  function largestGroup(): Set<Entry> {
    let largest: Set<Entry> | undefined;
    for (const group of byOwner.values()) if (group.size > (largest?.size ?? 1)) largest = group;
    return largest ?? all;
  }

  return {
    enter(owner, drop) {
      const entry: Entry = { owner, stage: 'silent', drop };
      add(entry);
      if (all.size > handshakes) dropOf(largestGroup(), entry);
      return {
        reach(stage, next = entry.owner) {
          entry.stage = stage;
          if (next === entry.owner || !all.has(entry)) return;
          remove(entry);
          entry.owner = next;
          add(entry);
        },
        leave: () => remove(entry),
      };
    },
    count: () => all.size,
    dropped: () => dropped,
  };
}
