/** The lines of a daemon's log about its connection, its buffers and its actors; systemd is told of the connection, too. */
import type { ConversationNotification } from '../../../machines/conversation-context.ts';
import { infoFields } from '../../core/errors.ts';
import type { Log } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import type { Systemd } from '../../device/systemd.ts';

export interface DaemonLogOptions {
  systemd: Pick<Systemd, 'status'>;
  clock: Pick<Clock, 'now'>;
  log: Log;
}

type LinkChange = Extract<ConversationNotification, { type: 'link.changed' }>;

export function createDaemonLog({
  systemd,
  clock,
  log,
}: DaemonLogOptions): (notification: ConversationNotification) => void {
  let linkLostAtMs: number | undefined;
  let linkDownMs = 0;

  /** The loss and the return of the connection, but not the attempts in between. */
  function noteLink(change: LinkChange): void {
    if (change.up) {
      if (linkLostAtMs !== undefined) linkDownMs = Math.round(clock.now() - linkLostAtMs);
      systemd.status('connected');
      log.info('connected', { afterMs: linkLostAtMs === undefined ? undefined : linkDownMs });
      linkLostAtMs = undefined;
    } else if (linkLostAtMs === undefined) {
      linkLostAtMs = clock.now();
      systemd.status(`no connection: ${change.error.message}`);
      log.warn('no connection; reconnecting', infoFields(change.error));
    }
  }

  return (notification) => {
    switch (notification.type) {
      case 'link.changed':
        return noteLink(notification);
      case 'link.quality':
        return log.info('the quality of the link has changed', {
          quality: notification.quality,
          roundTripMs: notification.roundTripMs,
          backlogMs: notification.backlogMs,
        });
      case 'turn.delivered':
        return log.info('a stored turn was delivered to the cloud', { turn: notification.id, linkDownMs });
      case 'listener.failed':
        return log.warn('the microphone cannot be opened', infoFields(notification.error));
      case 'encoder.overflow':
      case 'player.overflow':
        return log.warn('a buffer was full and frames were dropped', {
          part: notification.type === 'encoder.overflow' ? 'encoder' : 'player',
          turnNumber: notification.turn,
          droppedFrames: notification.droppedFrames,
        });
      case 'actor.restarting':
        return log.warn('an actor is restarted', {
          part: notification.actor,
          crashes: notification.crashes,
          delayMs: notification.delayMs,
        });
    }
  };
}
