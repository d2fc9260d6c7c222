/**
 * The time limit of one call from outside, with all functions that it calls. As in Convex, the time in a function's own code and the
 * time in its system calls are measured separately, so that a slow disk does not count as a slow function. Its own time is counted in steps of
 * the event loop: on a busy machine this process, which has a low priority, may wait for the processor for a second, and that is not the
 * function's fault.
 */
import type { Clock } from '../../core/time/clock.ts';

export interface Deadline {
  /** A system call waits from now on. */
  pause(): void;
  resume(): void;
  clear(): void;
}

export interface DeadlineOptions {
  clock: Clock;
  userMs: number;
  /** Infinity: system calls count as the function's own time. */
  systemMs: number;
  onTimeout: (error: Error) => void;
}

/** A step of the event loop counts for no more than this, however late it comes. */
const STEP_MS = 100;

export function startDeadline({ clock, userMs, systemMs, onTimeout }: DeadlineOptions): Deadline {
  let pausedMs = 0;
  let pausedAtMs = 0;
  let waiting = 0;
  let userSpentMs = 0;
  let last = { atMs: clock.now(), systemSpentMs: 0 };
  let timer = clock.setTimeout(check, STEP_MS);

  function check(): void {
    const nowMs = clock.now();
    const systemSpentMs = pausedMs + (waiting > 0 ? nowMs - pausedAtMs : 0);
    const ownMs = nowMs - last.atMs - (systemSpentMs - last.systemSpentMs);
    userSpentMs += Math.min(ownMs, STEP_MS);
    last = { atMs: nowMs, systemSpentMs };
    if (userSpentMs >= userMs) {
      return onTimeout(new Error(`Function execution timed out (maximum duration: ${userMs / 1_000}s)`));
    }
    if (systemSpentMs >= systemMs) {
      return onTimeout(new Error('Your request timed out performing too many system operations.'));
    }
    timer = clock.setTimeout(check, Math.min(STEP_MS, userMs - userSpentMs, systemMs - systemSpentMs));
  }

  return {
    pause() {
      if (systemMs === Number.POSITIVE_INFINITY) return;
      if (waiting === 0) pausedAtMs = clock.now();
      waiting += 1;
    },
    resume() {
      if (systemMs === Number.POSITIVE_INFINITY) return;
      waiting -= 1;
      if (waiting === 0) pausedMs += clock.now() - pausedAtMs;
    },
    clear: () => clock.clearTimeout(timer),
  };
}
