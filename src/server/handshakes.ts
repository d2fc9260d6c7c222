/**
 * The connections that have not shown yet who they are. Their number is limited, in all and for each client address; where
 * that is reached, the oldest goes and the new one stays: an honest client finishes within milliseconds, so the one that has
 * waited longest is the one that never will. Turning the new one away would let whoever holds the places lock out everybody
 * who shares the address.
 *
 * Each stage of a handshake has places of its own, so that who holds those of one keeps nobody from getting through another:
 * silent connections compete with silent ones, and an honest client is silent for no longer than its request takes.
 */

/** `unproven` has asked for something without saying who it is, `proving` has a token, which is being verified or was. */
export type Stage = 'silent' | 'unproven' | 'proving' | 'refused';

export interface HandshakeLimits {
  /** Connections of one owner in one stage, and of all; Infinity: any number. */
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
  /** Owner and stage; those of one group compete for its places. */
  group: string | undefined;
  drop(): void;
}

export function createHandshakes({ handshakes, handshakesPerAddress }: HandshakeLimits): Handshakes {
  // Sets keep the order in which their members came.
  const all = new Set<Entry>();
  const groups = new Map<string, Set<Entry>>();
  let dropped = 0;

  function add(entry: Entry): void {
    all.add(entry);
    if (entry.group === undefined) return;
    const members = groups.get(entry.group) ?? new Set();
    groups.set(entry.group, members.add(entry));
    if (members.size > handshakesPerAddress) dropOldest(members);
  }

  function remove(entry: Entry): void {
    all.delete(entry);
    if (entry.group === undefined) return;
    const members = groups.get(entry.group);
    members?.delete(entry);
    if (members?.size === 0) groups.delete(entry.group);
  }

  function dropOldest(members: Set<Entry>): void {
    const [oldest] = members;
    if (!oldest) return;
    dropped += 1;
    remove(oldest);
    oldest.drop();
  }

  /** Whoever has the most connections gives one up. */
  function largestGroup(): Set<Entry> {
    let largest: Set<Entry> | undefined;
    for (const members of groups.values()) if (members.size > (largest?.size ?? 1)) largest = members;
    return largest ?? all;
  }

  return {
    enter(firstOwner, drop) {
      let owner = firstOwner;
      const groupOf = (stage: Stage) => (owner === undefined ? undefined : `${stage} ${owner}`);
      const entry: Entry = { group: groupOf('silent'), drop };
      add(entry);
      if (all.size > handshakes) dropOldest(largestGroup());
      return {
        reach(stage, nextOwner = owner) {
          owner = nextOwner;
          const group = groupOf(stage);
          if (group === entry.group || !all.has(entry)) return;
          remove(entry);
          entry.group = group;
          add(entry);
        },
        leave: () => remove(entry),
      };
    },
    count: () => all.size,
    dropped: () => dropped,
  };
}
