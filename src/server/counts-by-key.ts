/**
 * How many there are of each key, for limits of one client. A key of which there are none takes no memory.
 */
export interface CountsByKey {
  of(key: string): number;
  /** @returns takes it back, once */
  add(key: string): () => void;
}

export function createCountsByKey(): CountsByKey {
  const counts = new Map<string, number>();
  const of = (key: string) => counts.get(key) ?? 0;
  return {
    of,
    add(key) {
      let isOver = false;
      counts.set(key, of(key) + 1);
      return () => {
        if (isOver) return;
        isOver = true;
        const left = of(key) - 1;
        if (left > 0) counts.set(key, left);
        else counts.delete(key);
      };
    },
  };
}
