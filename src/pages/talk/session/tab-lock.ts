/**
 * One tab at a time has the connection: a second connection of the same device would replace the first, and both would write to one
 * store of unsent turns.
 */
export interface TabLock {
  /** `take`: from the tab that has it. Calls `onHeld` when this tab has it, `onLost` when another has taken it, or has it. */
  acquire(take: boolean): void;
}

interface Handlers {
  onHeld(): void;
  onLost(): void;
}

const NAME = 'earshot.talk';

export function createTabLock(locks: LockManager | undefined, { onHeld, onLost }: Handlers): TabLock {
  return {
    acquire(take) {
      // Without locks (a page over http) nobody can tell; the gateway itself replaces the older connection.
      if (!locks) return onHeld();
      const hold = (lock: Lock | null) => {
        if (!lock) return onLost();
        onHeld();
        // Held until the tab closes, or another steals it.
        return new Promise<never>(() => {});
      };
      locks.request(NAME, take ? { steal: true } : { ifAvailable: true }, hold).catch(onLost);
    },
  };
}
