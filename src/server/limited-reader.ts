/**
 * Limits the rate of messages of a WebSocket. Text messages are few, so a client above the limit is dropped. Audio packets may come at
 * full speed up to a burst; above it reading is slowed to the allowed rate.
 */
import { createTokenBucket } from '../core/limits/token-bucket.ts';
import type { Clock } from '../core/time/clock.ts';
import { timerMs } from './front-door.ts';
import type { Reading } from './reading.ts';

const MINUTE_MS = 60_000;
/**
 * The burst, as a share of a minute's packets. A whole minute's packets at once would keep all others waiting for the seconds that it
 * takes to read them.
 */
const BURST = 1 / 20;

export interface ReadLimits {
  /** Texts a minute; Infinity: no limit. */
  controlMessages: number;
  /** Binary messages a minute; Infinity: no limit. */
  packets: number;
}

export interface LimitedReader {
  /** Counts a message. False: a text message above the limit. */
  count(isBinary: boolean): boolean;
  stop(): void;
}

export function limitedReader(reading: Reading, limits: ReadLimits, clock: Clock): LimitedReader {
  const texts = createTokenBucket(limits.controlMessages, MINUTE_MS);
  const packets = createTokenBucket(limits.packets * BURST, MINUTE_MS * BURST);
  let timer: unknown;

  function rest(): void {
    timer = undefined;
    const waitMs = packets.waitMs(clock.now());
    if (waitMs <= 0) return reading.release('too-many');
    reading.hold('too-many');
    timer = clock.setTimeout(rest, timerMs(Math.ceil(waitMs)));
  }

  return {
    count(isBinary) {
      const nowMs = clock.now();
      if (!isBinary) return texts.takeOne(nowMs);
      packets.take(1, nowMs);
      if (timer === undefined && packets.waitMs(nowMs) > 0) rest();
      return true;
    },
    stop: () => clock.clearTimeout(timer),
  };
}
