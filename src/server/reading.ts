/**
 * Whether a WebSocket is read from: it is not while anybody holds it, each for a reason of its own.
 */
import type { WebSocket } from 'ws';

export type HoldReason = 'unread' | 'too-many' | 'busy';

export interface Reading {
  hold(reason: HoldReason): void;
  release(reason: HoldReason): void;
  /** It is being closed: the answer to the close has to be read. */
  end(): void;
  /** It is never read from again. */
  stop(): void;
}

export function createReading(socket: WebSocket): Reading {
  const reasons = new Set<HoldReason>();
  let isOver = false;
  return {
    hold(reason) {
      if (isOver) return;
      reasons.add(reason);
      socket.pause();
    },
    release(reason) {
      if (reasons.delete(reason) && reasons.size === 0) socket.resume();
    },
    end() {
      isOver = true;
      reasons.clear();
      socket.resume();
    },
    stop() {
      isOver = true;
      reasons.clear();
      socket.pause();
    },
  };
}
