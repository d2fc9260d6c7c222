/** Says on standard error how far long work has come: nothing in the first two seconds, then at most once a second. */
import { messagesAreWatched, writeMessage } from '../output.ts';

const QUIET_MS = 2_000;
const EVERY_MS = 1_000;

export interface Progress {
  /** `share` of the work is done, 0 to 1. */
  at(share: number): void;
  end(): void;
}

export function startProgress(name: string, now: () => number): Progress {
  let nextMs = now() + QUIET_MS;
  let hasSpoken = false;
  const isWatched = messagesAreWatched();
  return {
    at(share) {
      if (now() < nextMs) return;
      nextMs = now() + EVERY_MS;
      hasSpoken = true;
      const text = `${name}: ${Math.floor(share * 100)} %`;
      writeMessage(isWatched ? `\r${text}` : `${text}\n`);
    },
    end() {
      if (hasSpoken && isWatched) writeMessage('\r\x1b[K');
    },
  };
}
