/**
 * The channels between the actors of one session.
 */
import type { DeviceSocket } from '../../actors/session/handshake.ts';
import { createChannel } from '../core/actor/channel.ts';
import type { CachedReplyFile, ReceivedPacket, ReminderSpeechFile, ReplyFrames } from '../core/actor/data-plane.ts';
import { MAX_REMINDERS } from '../protocol/bounds.ts';

/** Packets of an utterance (or parts of a reply) that may wait while an actor restarts. */
const WAITING_PACKETS = 100;

export function createSessionChannels() {
  return {
    connections: createChannel<DeviceSocket>({ name: 'connections', limit: 2, whenFull: 'drop-oldest' }),
    received: createChannel<ReceivedPacket>({
      name: 'received packets',
      limit: WAITING_PACKETS,
      whenFull: 'drop-newest',
    }),
    replyFrames: createChannel<ReplyFrames>({ name: 'reply frames', limit: WAITING_PACKETS, whenFull: 'drop-newest' }),
    cachedReplies: createChannel<CachedReplyFile>({ name: 'cached replies', limit: 20, whenFull: 'drop-oldest' }),
    reminderSpeech: createChannel<ReminderSpeechFile>({
      name: 'reminder speech',
      limit: MAX_REMINDERS,
      whenFull: 'drop-oldest',
    }),
  };
}
