/**
 * How long nothing has been heard from the other end of a connection. Time in which this process was stopped or busy does not
 * count: what came meanwhile is still to be read.
 */
import type { Clock } from './clock.ts';

export interface Silence {
  /** When something was heard last, by the clock. */
  readonly heardAtMs: number;
  /** Something came. */
  heard(): void;
  /** Calls `check` once, with the length of the silence; what was to be checked before is not. */
  checkAfter(delayMs: number, check: (silentMs: number) => void): void;
  stop(): void;
}

export function createSilence(clock: Clock): Silence {
  let heardAtMs = clock.now();
  let awayMs = 0;
  let timer: unknown;
  return {
    get heardAtMs() {
      return heardAtMs;
    },
    heard() {
      heardAtMs = clock.now();
      awayMs = 0;
    },
    checkAfter(delayMs, check) {
      clock.clearTimeout(timer);
      const dueAtMs = clock.now() + delayMs;
      timer = clock.setTimeout(() => {
        awayMs += clock.now() - dueAtMs;
        check(clock.now() - heardAtMs - awayMs);
      }, delayMs);
    },
    stop: () => clock.clearTimeout(timer),
  };
}
