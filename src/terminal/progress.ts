/**
 * Says how far something has come that takes longer than people like to wait in the dark. Nothing is said in the first two
 * seconds; then a line that is rewritten on a terminal, and one line every ten seconds elsewhere.
 */
import { systemClock } from '../clock.ts';
import { messagesAreWatched, writeMessage } from './output.ts';

const QUIET_MS = 2_000;
const TERMINAL_INTERVAL_MS = 100;
const LOG_INTERVAL_MS = 10_000;

export interface Progress {
  /** `share` is from 0 to 1. */
  update(what: string, share: number): void;
  /** Takes the line off the terminal. */
  end(): void;
}

export function createProgress(
  isWatched = messagesAreWatched(),
  write = writeMessage,
  now = systemClock.now,
): Progress {
  let nextAtMs = now() + QUIET_MS;
  let shown = false;
  return {
    update(what, share) {
      const atMs = now();
      if (atMs < nextAtMs) return;
      nextAtMs = atMs + (isWatched ? TERMINAL_INTERVAL_MS : LOG_INTERVAL_MS);
      shown = true;
      const line = `${what} ${Math.floor(share * 100)} %`;
      write(isWatched ? `\r\u001b[K${line}` : `${line}\n`);
    },
    end() {
      if (shown && isWatched) write('\r\u001b[K');
      shown = false;
    },
  };
}
