/**
 * One direction of an emulated network: each message is delayed as a recorded packet was (src/tools/simulation/delay-trace.ts), and none overtakes
 * another, as over TCP.
 */
import type { Clock } from '../../core/time/clock.ts';
import { LOST } from '../simulation/delay-trace.ts';

/** TCP sends again what was lost: its shortest timer is 200 ms (Linux, TCP_RTO_MIN). */
const RETRANSMISSION_MS = 200;

export interface DelayLine {
  /** Calls `deliver` when the message has come through. */
  pass(bytes: number, deliver: () => void): void;
  /** Of messages under way. */
  readonly waitingBytes: number;
  /** Forgets the messages that are under way. */
  end(): void;
}

interface Message {
  dueMs: number;
  bytes: number;
  deliver: () => void;
}

/** @param from index of the first delay: lines of one trace begin at different places */
export function createDelayLine(trace: readonly number[], from: number, clock: Clock): DelayLine {
  const waiting: Message[] = [];
  let next = from;
  let lastDueMs = 0;
  let waitingBytes = 0;
  /** One timer: two could overtake each other. */
  let timer: unknown;

  function nextDelayMs(): number {
    let lostMs = 0;
    for (;;) {
      const delayMs = trace[next % trace.length] ?? 0;
      next += 1;
      if (delayMs !== LOST) return delayMs + lostMs;
      lostMs += RETRANSMISSION_MS;
    }
  }

  function deliverDue(): void {
    timer = undefined;
    for (;;) {
      const first = waiting[0];
      if (!first) return;
      const leftMs = first.dueMs - clock.now();
      if (leftMs > 0) {
        timer = clock.setTimeout(deliverDue, leftMs);
        return;
      }
      waiting.shift();
      waitingBytes -= first.bytes;
      first.deliver();
    }
  }

  return {
    pass(bytes, deliver) {
      lastDueMs = Math.max(clock.now() + nextDelayMs(), lastDueMs);
      waiting.push({ dueMs: lastDueMs, bytes, deliver });
      waitingBytes += bytes;
      if (timer === undefined) timer = clock.setTimeout(deliverDue, lastDueMs - clock.now());
    },
    get waitingBytes() {
      return waitingBytes;
    },
    end() {
      if (timer !== undefined) clock.clearTimeout(timer);
      timer = undefined;
      waiting.length = 0;
      waitingBytes = 0;
    },
  };
}
