/**
 * Visits each of many connections regularly, with one timer for all of them: an idle connection costs nothing between two visits.
 */
import type { Clock } from '../../core/time/clock.ts';

/** How often each is visited. Convex's client gives up after 60 s without a message. */
export const VISIT_INTERVAL_MS = 15_000;
/** Visits are spread over so many ticks. */
const SLOTS = 15;

export interface Heartbeat {
  /** @returns a function that ends the visits */
  add(visit: () => void): () => void;
}

export function createHeartbeat(clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>): Heartbeat {
  const slots = Array.from({ length: SLOTS }, () => new Set<() => void>());
  let at = 0;
  let next = 0;
  let members = 0;
  let timer: unknown;

  function tick(): void {
    timer = clock.setTimeout(tick, VISIT_INTERVAL_MS / SLOTS);
    at = (at + 1) % SLOTS;
    for (const visit of slots[at] ?? []) visit();
  }

  return {
    add(visit) {
      const slot = slots[next] as Set<() => void>;
      next = (next + 1) % SLOTS;
      slot.add(visit);
      members += 1;
      if (members === 1) timer = clock.setTimeout(tick, VISIT_INTERVAL_MS / SLOTS);
      return () => {
        if (!slot.delete(visit)) return;
        members -= 1;
        if (members === 0) clock.clearTimeout(timer);
      };
    },
  };
}
