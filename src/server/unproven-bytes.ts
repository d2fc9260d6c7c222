/**
 * What callers have sent that have not shown a key yet, all together: a call is kept until it is whole, and shows its key only then.
 * Where it is too much, the caller goes that has sent most: one with a key has shown it by then.
 */
export interface UnprovenCaller {
  /** It has sent so much more. */
  add(bytes: number): void;
  /** It has shown its key, or is gone. */
  leave(): void;
}

/** @param limit Infinity: no limit */
export function createUnprovenBytes(limit: number) {
  const callers = new Map<UnprovenCaller, { bytes: number; drop: () => void }>();
  let all = 0;

  function dropLargest(): void {
    const [largest] = [...callers].sort(([, a], [, b]) => b.bytes - a.bytes);
    if (!largest) return;
    const [caller, { drop }] = largest;
    caller.leave();
    drop();
  }

  return {
    /** @param drop ends it */
    enter(drop: () => void): UnprovenCaller {
      const entry = { bytes: 0, drop };
      const caller: UnprovenCaller = {
        add(bytes) {
          if (!callers.has(caller)) return;
          entry.bytes += bytes;
          all += bytes;
          if (all > limit) dropLargest();
        },
        leave() {
          if (callers.delete(caller)) all -= entry.bytes;
        },
      };
      callers.set(caller, entry);
      return caller;
    },
  };
}
