/**
 * What a gateway may ask of a device: a gateway that is broken, or in the wrong hands, must not wear out its disk, fill its log
 * or confuse its player. An honest one never comes near these.
 */
import { createTokenBucket } from '../../src/core/limits/token-bucket.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import type { Settings } from '../../src/protocol/control.ts';
import { FRAME_MS } from '../../src/protocol/format.ts';

/** Frames of the longest reply: ten minutes (docs/protocol.md, "Flow"). */
export const MAX_REPLY_FRAMES = (10 * 60 * 1_000) / FRAME_MS;
/** Lines in the log that the gateway causes, of each level. */
export const GATEWAY_LOG_LINES_PER_MINUTE = 60;
const SETTINGS_PER_MINUTE = 60;
/** Each is written to the disk. A gateway says every one once in a session, 20 at most. */
const CACHED_REPLIES = { most: 40, inMs: 10 * 60_000 };

export interface GatewayBounds {
  /** Counts. False: they change too often; these are of no effect. */
  takesSettings(settings: Settings): boolean;
  /** Counts. False: it was not announced in the settings, or there were too many. */
  takesReply(key: string): boolean;
}

export function createGatewayBounds(clock: Clock): GatewayBounds {
  const settingsAllowance = createTokenBucket(SETTINGS_PER_MINUTE, 60_000);
  const replyAllowance = createTokenBucket(CACHED_REPLIES.most, CACHED_REPLIES.inMs);
  let announced: readonly string[] = [];
  return {
    takesSettings(settings) {
      const isTaken = settingsAllowance.takeOne(clock.now());
      if (isTaken) announced = settings.cachedReplies ?? [];
      return isTaken;
    },
    takesReply: (key) => announced.includes(key) && replyAllowance.takeOne(clock.now()),
  };
}
