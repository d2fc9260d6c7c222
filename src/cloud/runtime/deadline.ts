/**
 * The time limit of one call from outside, with all functions that it calls. As in Convex, the time in a function's own code and the
 * time in its system calls are measured separately, so that a slow disk does not count as a slow function.
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

export function startDeadline({ clock, userMs, systemMs, onTimeout }: DeadlineOptions): Deadline {
  const startedAtMs = clock.now();
  let pausedMs = 0;
  let pausedAtMs = 0;
  let waiting = 0;
  let timer = clock.setTimeout(check, userMs);

  function check(): void {
    const nowMs = clock.now();
    const systemSpentMs = pausedMs + (waiting > 0 ? nowMs - pausedAtMs : 0);
    const userLeftMs = userMs - (nowMs - startedAtMs - systemSpentMs);
    const systemLeftMs = systemMs - systemSpentMs;
    if (userLeftMs <= 0) {
      return onTimeout(new Error(`Function execution timed out (maximum duration: ${userMs / 1_000}s)`));
    }
    if (systemLeftMs <= 0) {
      return onTimeout(new Error('Your request timed out performing too many system operations.'));
    }
    timer = clock.setTimeout(check, Math.min(userLeftMs, systemLeftMs));
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
