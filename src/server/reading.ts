/**
 * Pauses reading from a WebSocket while there is at least one reason to.
 */
import type { WebSocket } from 'ws';

export type HoldReason = keyof typeof BITS;

const BITS = { unread: 1, 'too-many': 2, busy: 4, verifying: 8 } as const;

export interface Reading {
  hold(reason: HoldReason): void;
  release(reason: HoldReason): void;
  /** Clears all reasons: when the connection is closed, the answer to the close has to be read. */
  end(): void;
  /** Stops reading for good. */
  stop(): void;
}

export function createReading(socket: WebSocket): Reading {
  /** One bit for each reason. */
  let held = 0;
  let isOver = false;
  return {
    hold(reason) {
      if (isOver) return;
      held |= BITS[reason];
      socket.pause();
    },
    release(reason) {
      if ((held & BITS[reason]) === 0) return;
      held &= ~BITS[reason];
      if (held === 0) socket.resume();
    },
    end() {
      isOver = true;
      held = 0;
      socket.resume();
    },
    stop() {
      isOver = true;
      held = 0;
      socket.pause();
    },
  };
}
