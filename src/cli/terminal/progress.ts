/**
 * Shows the progress of a long task. Nothing is shown in the first two seconds; then a line that is rewritten on a terminal,
 * or one line every ten seconds elsewhere.
 */
import { systemClock } from '../../core/time/clock.ts';
import { isMessageTerminal, printMessage, showStatus } from './output.ts';

const QUIET_MS = 2_000;
const TERMINAL_INTERVAL_MS = 100;
const LOG_INTERVAL_MS = 10_000;

export interface Progress {
  /** `share` is from 0 to 1; undefined where the end is not known. */
  update(what: string, share: number | undefined): void;
  /** Removes the line from the terminal. */
  end(): void;
}

export function createProgress(): Progress {
  const { now } = systemClock;
  const isTerminal = isMessageTerminal();
  let nextAtMs = now() + QUIET_MS;
  return {
    update(what, share) {
      const atMs = now();
      if (atMs < nextAtMs) return;
      nextAtMs = atMs + (isTerminal ? TERMINAL_INTERVAL_MS : LOG_INTERVAL_MS);
      const show = isTerminal ? showStatus : printMessage;
      show(share === undefined ? what : `${what} ${Math.floor(share * 100)} %`);
    },
    end: () => showStatus(undefined),
  };
}
