/**
 * Timers in the order of their times, and those of the same time in the order in which they were set: a binary heap. A timer that is removed
 * stays in the heap until it is the first one.
 */
export interface Due {
  dueMs: number;
  /** Different for each. */
  order: number;
}

export interface TimerQueue<Timer extends Due> {
  add(timer: Timer): void;
  /** Does nothing if it is not there. */
  remove(timer: Timer | undefined): void;
  first(): Timer | undefined;
  size(): number;
}

export function createTimerQueue<Timer extends Due>(): TimerQueue<Timer> {
  const heap: Timer[] = [];
  const waiting = new Set<Timer>();

  const at = (index: number) => heap[index] as Timer;
  const isBefore = (one: Timer, other: Timer) =>
    one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.order < other.order);

  function rise(timer: Timer): void {
    let index = heap.length;
    heap.push(timer);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(timer, at(parent))) break;
      heap[index] = at(parent);
      index = parent;
    }
    heap[index] = timer;
  }

  function dropFirst(): void {
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(at(child + 1), at(child))) child += 1;
      if (!isBefore(at(child), last)) break;
      heap[index] = at(child);
      index = child;
    }
    heap[index] = last;
  }

  return {
    add(timer) {
      waiting.add(timer);
      rise(timer);
    },
    remove: (timer) => void (timer && waiting.delete(timer)),
    first() {
      while (heap.length > 0 && !waiting.has(at(0))) dropFirst();
      return heap[0];
    },
    size: () => waiting.size,
  };
}
