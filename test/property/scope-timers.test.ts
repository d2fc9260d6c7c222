/** The timers of a scope: each fires once or is cleared, and none is retained afterwards. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getHeapSpaceStatistics } from 'node:v8';
import { ScopeTimers } from '../../src/core/actor/scope-timers.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import fc from '../support/fast-check.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

test('timers of a scope fire when they are due, unless they are cleared', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('set' as const), delayMs: fc.integer({ min: 1, max: 20 }) }),
    fc.record({ do: fc.constant('clear' as const), which: fc.nat(30) }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 10 }) }),
    fc.record({ do: fc.constant('clear all' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const clock = new SimulatedClock();
      const timers = new ScopeTimers(clock);
      const set: { timer: unknown; dueMs: number; isCleared: boolean; ran: number }[] = [];
      const isPending = (each: (typeof set)[number]) => !each.isCleared && each.dueMs > clock.now();
      for (const each of steps) {
        if (each.do === 'set') {
          const one = { timer: undefined as unknown, dueMs: clock.now() + each.delayMs, isCleared: false, ran: 0 };
          one.timer = timers.set(() => {
            one.ran += 1;
          }, each.delayMs);
          set.push(one);
        } else if (each.do === 'wait') clock.increment(each.ms);
        else {
          const chosen = each.do === 'clear' ? set.slice(each.which, each.which + 1) : set;
          for (const one of chosen) if (isPending(one)) one.isCleared = true;
          if (each.do === 'clear') timers.clear(chosen[0]?.timer);
          else timers.clearAll();
        }
      }
      clock.increment(20);
      for (const { isCleared, ran } of set) assert.equal(ran, isCleared ? 0 : 1);
    }),
  );
});

test('a timer that is over is not retained by later ones', () => {
  const due: (() => void)[] = [];
  const clock: Pick<Clock, 'setTimeout' | 'clearTimeout'> = {
    setTimeout: (callback) => due.push(callback),
    clearTimeout() {},
  };
  const timers = new ScopeTimers(clock);
  const live = (count: number) => {
    for (let i = 0; i < count; i++) {
      timers.set(() => {}, 1);
      if (due.length > 4) due.shift()?.();
    }
  };
  live(100);
  // The objects of the scope survive some scavenges, and are in old space then.
  for (let i = 0; i < 3_000_000; i++) oldest = { i };
  const before = oldSpaceBytes();
  live(40_000);
  assert.ok(oldSpaceBytes() - before < 1_000_000);
});

/** Written, so that the objects are made. */
let oldest: object | undefined;

function oldSpaceBytes(): number {
  assert.ok(oldest);
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')?.space_used_size ?? Number.NaN;
}
