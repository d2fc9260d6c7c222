/**
 * Collects garbage between turns. V8 collects its old space when that has grown by 2 MB, which takes up to an hour on a
 * device. Until then garbage retains its buffers, and malloc cannot return the pages around them to the system.
 *
 * A collection stops its thread (docs/performance.md says for how long). So it takes place in a pause: turns cannot make
 * garbage that is not in use while nobody talks, and a sound that is played is not interrupted.
 */
import type { ConversationNotification } from '../../machines/conversation-context.ts';
import type { Clock } from '../core/time/clock.ts';

/** A turn leaves 100 to 170 KB. */
const INTERVAL_MS = 4 * 60_000;
/** Nobody begins a turn in the moment after the last one; a sound that tells its end is over. */
const PAUSE_MS = 2_000;
/** Turns that follow each other without such a pause: after this time, at the end of one of them. */
const LONGEST_INTERVAL_MS = 6 * 60_000;

export interface GarbageCollectionOptions {
  collect(): void;
  clock: Clock;
}

export interface GarbageCollection {
  note(notification: ConversationNotification): void;
  close(): void;
}

export function createGarbageCollection({ collect, clock }: GarbageCollectionOptions): GarbageCollection {
  let collectedAtMs = clock.now();
  let hasGarbage = false;
  let timer: unknown;

  function collectNow(): void {
    timer = undefined;
    hasGarbage = false;
    collectedAtMs = clock.now();
    collect();
  }

  function enterIdle(): void {
    const passedMs = clock.now() - collectedAtMs;
    if (!hasGarbage || passedMs < INTERVAL_MS) return;
    if (passedMs >= LONGEST_INTERVAL_MS) collectNow();
    else timer ??= clock.setTimeout(collectNow, PAUSE_MS);
  }

  function leaveIdle(): void {
    clock.clearTimeout(timer);
    timer = undefined;
  }

  return {
    note(notification) {
      if (notification.type !== 'state.entered') return;
      if (notification.state === 'idle') return enterIdle();
      hasGarbage = true;
      leaveIdle();
    },
    close: leaveIdle,
  };
}
