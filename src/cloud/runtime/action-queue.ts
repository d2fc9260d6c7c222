/** So many actions run at the same time; a limited number wait, and others are refused, as by a deployment. */
export interface ActionQueue {
  /** @throws when too many wait already, or after `close` */
  run<T>(action: () => Promise<T>): Promise<T>;
  close(): void;
}

export function createActionQueue(maxAtOnce: number, maxWaiting: number): ActionQueue {
  const waiting: { go: () => void; refuse: (error: Error) => void }[] = [];
  let atOnce = 0;

  function enter(): Promise<void> | undefined {
    if (atOnce < maxAtOnce) {
      atOnce += 1;
      return undefined;
    }
    if (waiting.length >= maxWaiting) throw new Error('Too many concurrent requests, backoff and try again.');
    // Whoever leaves passes its place on.
    return new Promise((go, refuse) => waiting.push({ go, refuse }));
  }

  function leave(): void {
    const next = waiting.shift();
    if (next) next.go();
    else atOnce -= 1;
  }

  return {
    async run(action) {
      await enter();
      try {
        return await action();
      } finally {
        leave();
      }
    },
    close() {
      for (const { refuse } of waiting.splice(0)) refuse(new Error('The cloud is being stopped.'));
    },
  };
}
