/**
 * A budget of something that many want at the same time: who asks for more than is left waits, first come, first served.
 */
export interface Budget {
  /** Runs the work when so much is left, and gives it back afterwards. More than the whole budget counts as all of it. */
  spend<T>(amount: number, work: () => Promise<T>): Promise<T>;
}

export function createBudget(limit: number): Budget {
  const waiting: { amount: number; start: () => void }[] = [];
  let left = limit;

  function admit(): void {
    for (let first = waiting[0]; first && first.amount <= left; first = waiting[0]) {
      waiting.shift();
      left -= first.amount;
      first.start();
    }
  }

  return {
    async spend(wanted, work) {
      const amount = Number.isFinite(limit) ? Math.min(wanted, limit) : 0;
      await new Promise<void>((start) => {
        waiting.push({ amount, start });
        admit();
      });
      try {
        return await work();
      } finally {
        left += amount;
        admit();
      }
    },
  };
}
