/**
 * Push to talk: held down, the utterance lasts as long; after a short press it lasts until the next press.
 */
import type { Command } from '../feed-messages.ts';

/** Shorter is a press, longer is a hold. */
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
