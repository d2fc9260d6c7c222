/**
 * How often a WebSocket may say something. Control messages are few: an end that says more is not of our kind. Packets of audio
 * may come as fast as the line is, a limited number of them; after that they come as fast as the allowance does.
 */
import { createTokenBucket } from '../core/limits/token-bucket.ts';
import type { Clock } from '../core/time/clock.ts';
import { timerMs } from './front-door.ts';
import type { Reading } from './reading.ts';

const MINUTE_MS = 60_000;
/**
 * The part of a minute's packets that may come at once. Whoever sends a minute's worth in one go keeps everybody else waiting for the
 * seconds that it takes to look at them.
 */
const BURST = 1 / 20;

export interface ReadLimits {
  /** Texts a minute; Infinity: no limit. */
  controlMessages: number;
  /** Binary messages a minute; Infinity: no limit. */
  packets: number;
}

export interface LimitedReader {
  /** Counts a message. False: it is one text too many. */
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
