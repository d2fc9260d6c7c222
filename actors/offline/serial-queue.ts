/**
 * Runs tasks one after the other, each when those before it have ended. A task that does not have to wait, and finds the queue empty, runs
 * at once.
 */
import type { Scope } from '../../src/core/actor/scope.ts';
import { runSteps, type Steps } from '../../src/core/files/steps.ts';

export interface SerialQueue {
  /** False: too many wait already, and this one is dropped. */
  add(task: () => Steps<void>): boolean;
  readonly waiting: number;
  readonly dropped: number;
}

/**
 * @param limit tasks that may wait
 * @param scope gets what a task throws; none begins after its end
 */
export function createSerialQueue(limit: number, scope: Pick<Scope, 'run' | 'onEnd'>): SerialQueue {
  const tasks: (() => Steps<void>)[] = [];
  let isBusy = false;
  let isOver = false;
  let dropped = 0;
  scope.onEnd(() => {
    isOver = true;
  });

  function runNext(): void {
    while (!isBusy && !isOver) {
      const task = tasks.shift();
      if (!task) return;
      isBusy = true;
      const running = runSteps(task());
      if (running instanceof Promise) scope.run(() => running.then(onDone));
      else isBusy = false;
    }
  }

  function onDone(): void {
    isBusy = false;
    runNext();
  }

  return {
    add(task) {
      if (tasks.length >= limit) {
        dropped += 1;
        return false;
      }
      tasks.push(task);
      runNext();
      return true;
    },
    get waiting() {
      return tasks.length;
    },
    get dropped() {
      return dropped;
    },
  };
}
