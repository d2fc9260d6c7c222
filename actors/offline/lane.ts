/** Works one after the other, each when those before it have ended; at once, where none of them has to wait. */

import type { Scope } from '../../src/core/actor/scope.ts';
import { runSteps, type Steps } from '../../src/core/files/steps.ts';

export interface Lane {
  /** False when too much waits already: it is not done. */
  add(work: () => Steps<void>): boolean;
  readonly waiting: number;
  readonly dropped: number;
}

/** @param scope what one of them throws is the scope's; none begins after its end */
export function createLane(limit: number, scope: Pick<Scope, 'run' | 'onEnd'>): Lane {
  const works: (() => Steps<void>)[] = [];
  let isBusy = false;
  let isOver = false;
  let dropped = 0;
  scope.onEnd(() => {
    isOver = true;
  });

  function next(): void {
    while (!isBusy && !isOver) {
      const work = works.shift();
      if (!work) return;
      isBusy = true;
      const working = runSteps(work());
      if (working instanceof Promise) scope.run(() => working.then(goOn));
      else isBusy = false;
    }
  }

  function goOn(): void {
    isBusy = false;
    next();
  }

  return {
    add(work) {
      if (works.length >= limit) {
        dropped += 1;
        return false;
      }
      works.push(work);
      next();
      return true;
    },
    get waiting() {
      return works.length;
    },
    get dropped() {
      return dropped;
    },
  };
}
