/**
 * Tasks of many owners, with bounded concurrency: the owners take turns, so that nobody waits for the whole queue of another.
 * A task may wait in the lanes of several owners; it runs once.
 */
export interface Lane<Task> {
  add(task: Task): void;
  /** Starts all that waits here at once: this owner has waited too long. */
  rush(): void;
}

export interface FairQueueOptions<Task> {
  /** Tasks that run at the same time. */
  concurrency: number;
  /** Whether it still has to run. What is not needed any more stays in its lanes until its turn. */
  isNeeded: (task: Task) => boolean;
  run: (task: Task) => Promise<void>;
}

interface LaneState<Task> {
  waiting: Set<Task>;
  running: number;
  /** Of this lane, at the same time. */
  concurrency: number;
}

export function createFairQueue<Task>({ concurrency, isNeeded, run }: FairQueueOptions<Task>) {
  /** Lanes with waiting tasks, in the order of their turns. */
  const ready = new Set<LaneState<Task>>();
  let running = 0;

  function pump(): void {
    for (const lane of ready) {
      if (running >= concurrency) return;
      ready.delete(lane);
      startNext(lane);
      // Behind the others. It is seen again in this loop.
      if (lane.waiting.size > 0 && lane.running < lane.concurrency) ready.add(lane);
    }
  }

  function startNext(lane: LaneState<Task>): void {
    for (const task of lane.waiting) {
      lane.waiting.delete(task);
      if (!isNeeded(task)) continue;
      start(lane, task);
      return;
    }
  }

  function start(lane: LaneState<Task>, task: Task): void {
    running += 1;
    lane.running += 1;
    void run(task).finally(() => {
      running -= 1;
      lane.running -= 1;
      if (lane.waiting.size > 0) ready.add(lane);
      pump();
    });
  }

  return {
    pump,
    /** @param concurrency of its tasks */
    openLane(concurrency = Number.POSITIVE_INFINITY): Lane<Task> {
      const lane: LaneState<Task> = { waiting: new Set(), running: 0, concurrency };
      return {
        add(task) {
          lane.waiting.add(task);
          if (lane.running < lane.concurrency) ready.add(lane);
        },
        rush() {
          while (lane.waiting.size > 0 && lane.running < lane.concurrency) startNext(lane);
          ready.delete(lane);
        },
      };
    },
  };
}
