/**
 * Limits on what a gateway may ask of a device: a gateway that is broken or hostile must not wear out the device's disk, fill its log
 * or confuse its player. A correct gateway stays far below them.
 */
import { createTokenBucket } from '../../src/core/limits/token-bucket.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import { MAX_REMINDERS } from '../../src/protocol/bounds.ts';
import type { RemindersMessage, Settings } from '../../src/protocol/control.ts';
import { FRAME_MS } from '../../src/protocol/format.ts';

/** Frames of the longest reply: ten minutes (docs/protocol.md, "Flow"). */
export const MAX_REPLY_FRAMES = (10 * 60 * 1_000) / FRAME_MS;
/** Log lines that the gateway may cause, of each level. */
export const GATEWAY_LOG_LINES_PER_MINUTE = 60;
const SETTINGS_PER_MINUTE = 60;
/** Captions and partial transcripts: each is shown, and passes the machines. The gateway of this project sends at most five a second. */
const TEXTS_PER_MINUTE = 600;
/** Each is written to the disk. A gateway sends each once in a session, 20 at most. */
const CACHED_REPLIES = { most: 40, inMs: 10 * 60_000 };

const ANNOUNCEMENTS_PER_MINUTE = 60;
const CONTROLS_PER_MINUTE = 60;
const REMINDER_LISTS_PER_MINUTE = 60;
/** What reminders say is written to the disk, too. */
const REMINDER_SPEECH = { most: 2 * MAX_REMINDERS, inMs: 10 * 60_000 };

export interface GatewayBounds {
  /** Counts the change. False: settings change too often, and these are ignored. */
  takesSettings(settings: Settings): boolean;
  /** Counts the reply. False: the settings do not name it, or there were too many. */
  takesReply(key: string): boolean;
  /** Counts a caption or a partial transcript. False: there were too many. */
  takesText(): boolean;
  /** Counts the announcement. False: there were too many. */
  takesAnnouncement(): boolean;
  /** Counts a control. False: there were too many. */
  takesControl(): boolean;
  /** Counts the list. False: there were too many. */
  takesReminders(list: RemindersMessage): boolean;
  /** Counts what a reminder says. False: the list does not name it, or there was too much. */
  takesSpeech(id: string): boolean;
}

export function createGatewayBounds(clock: Clock): GatewayBounds {
  const settingsAllowance = createTokenBucket(SETTINGS_PER_MINUTE, 60_000);
  const textAllowance = createTokenBucket(TEXTS_PER_MINUTE, 60_000);
  const replyAllowance = createTokenBucket(CACHED_REPLIES.most, CACHED_REPLIES.inMs);
  const controlAllowance = createTokenBucket(CONTROLS_PER_MINUTE, 60_000);
  const sayAllowance = createTokenBucket(ANNOUNCEMENTS_PER_MINUTE, 60_000);
  const listAllowance = createTokenBucket(REMINDER_LISTS_PER_MINUTE, 60_000);
  const speechAllowance = createTokenBucket(REMINDER_SPEECH.most, REMINDER_SPEECH.inMs);
  let announced: readonly string[] = [];
  let listed: readonly string[] = [];
  return {
    takesSettings(settings) {
      const isTaken = settingsAllowance.takeOne(clock.now());
      if (isTaken) announced = settings.cachedReplies ?? [];
      return isTaken;
    },
    takesText: () => textAllowance.takeOne(clock.now()),
    takesReply: (key) => announced.includes(key) && replyAllowance.takeOne(clock.now()),
    takesAnnouncement: () => sayAllowance.takeOne(clock.now()),
    takesControl: () => controlAllowance.takeOne(clock.now()),
    takesReminders({ reminders }) {
      const isTaken = listAllowance.takeOne(clock.now());
      if (isTaken) listed = reminders.map(({ id }) => id);
      return isTaken;
    },
    takesSpeech: (id) => listed.includes(id) && speechAllowance.takeOne(clock.now()),
  };
}
