/**
 * Hold or tap: held down, the utterance lasts as long; after a short press it lasts until the next press.
 */

/** Shorter is a tap, longer is a hold. */
const HOLD_MS = 350;

export interface TalkPress {
  /** `isRecording`: an utterance goes on. */
  down(atMs: number, isRecording: boolean): void;
  up(atMs: number): void;
  /** The press is over, and nothing is to be done: the pointer left, the window lost the focus. */
  release(): void;
}

export function createPress(actions: { begin(): void; end(): void }): TalkPress {
  let downAtMs: number | undefined;
  return {
    down(atMs, isRecording) {
      if (downAtMs !== undefined) return;
      if (isRecording) return actions.end();
      downAtMs = atMs;
      actions.begin();
    },
    up(atMs) {
      if (downAtMs === undefined) return;
      const isHold = atMs - downAtMs >= HOLD_MS;
      downAtMs = undefined;
      if (isHold) actions.end();
    },
    release() {
      downAtMs = undefined;
    },
  };
}
