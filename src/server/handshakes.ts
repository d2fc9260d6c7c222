/**
 * Connections that are not authenticated yet. Their number is limited, in total and for each client address. At the limit the oldest is
 * dropped: an honest client finishes within milliseconds, so the oldest is the least likely to finish. Refusing the new one would let an
 * attacker who fills the limit lock out all clients behind the same address.
 *
 * Each stage of a handshake has its own limit, so connections that fill one stage do not block another: silent connections compete only
 * with silent ones, and an honest client is silent only until its request arrives.
 */

/** `unproven`: sent a request without a token. `proving`: sent a token, which is being verified or was. */
export type Stage = 'silent' | 'unproven' | 'proving' | 'refused';

export interface HandshakeLimits {
  /** Connections of one owner in one stage, and of all owners; Infinity: no limit. */
  handshakesPerAddress: number;
  handshakes: number;
}

export interface Handshake {
  /** Moves it to this stage. `owner`: its owner, if known now. */
  reach(stage: Stage, owner?: string): void;
  /** Stops counting it: it is authenticated or closed. */
  leave(): void;
}

export interface Handshakes {
  /**
   * @param owner the client's address; undefined for an address of many clients, which counts in the total only
   * @param drop closes the connection
   */
  enter(owner: string | undefined, drop: () => void): Handshake;
  count(): number;
  /** Connections dropped so far because of a limit. */
  dropped(): number;
}

interface Entry {
  /** Owner and stage. Connections of one group share its limit. */
  group: string | undefined;
  drop(): void;
}

export function createHandshakes({ handshakes, handshakesPerAddress }: HandshakeLimits): Handshakes {
  // Sets keep the order of insertion.
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

  /** Drops a connection of the owner with the most. */
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
