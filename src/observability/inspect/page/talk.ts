/**
 * Press to talk: held down, it talks as long as it is held; pressed shortly, it begins, and the next press ends.
 */
import type { Command } from '../feed-messages.ts';

/** Held for less, it was a press and not a hold. */
const HOLD_MS = 350;

export interface Talk {
  down(): void;
  up(): void;
  cancel(): void;
}

export function createTalk(send: (command: Command) => void): Talk {
  let downAtMs: number | undefined;
  return {
    down() {
      if (downAtMs !== undefined) return;
      downAtMs = performance.now();
      send({ k: 'talk', action: 'press' });
    },
    up() {
      if (downAtMs === undefined) return;
      const heldMs = performance.now() - downAtMs;
      downAtMs = undefined;
      if (heldMs >= HOLD_MS) send({ k: 'talk', action: 'release' });
    },
    cancel() {
      downAtMs = undefined;
      send({ k: 'talk', action: 'cancel' });
    },
  };
}
