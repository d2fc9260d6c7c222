import type { AnnouncementMessage, DeclineReason, Settings } from '../../protocol/control.ts';
import { contract, event, type TypesOf } from './contract.ts';
import { atMs, id } from './samples.ts';
import type { TurnStart } from './trigger.ts';

/** A turn that the gateway asked for. `announcement`: its id. */
export interface AnnouncementTurn extends TurnStart {
  announcement: string;
}

/** What the gateway wants to say. It may be sent again later, to an actor that was restarted. */
export interface OfferedAnnouncement extends Omit<AnnouncementMessage, 'expiresInMs'> {
  /** When it expires, on the monotonic clock. */
  endsAtMs: number;
}

const offered: OfferedAnnouncement = { id, text: 'Dinner is ready', priority: 'normal', endsAtMs: atMs };

/** The queue of announcements on the device. */
export const announcementsContract = contract('announcements', {
  receives: {
    'say.offered': event<OfferedAnnouncement>('the gateway has something to say', offered),
    'announcement.begun': event('the turn for this announcement has begun', { announcement: id }),
    'settings.changed': event<{ settings: Settings }>('the quiet hours may have changed', { settings: {} }),
  },
  sends: {
    'announcement.due': event<AnnouncementTurn>(
      'an announcement may be made; repeated every second until its turn has begun',
      { id, trigger: 'announcement', startedAtMs: atMs, announcement: id },
    ),
    'say.declined': event<{ id: string; reason: DeclineReason }>('an announcement will not be made', {
      id,
      reason: 'quiet-hours',
    }),
  },
});
export type AnnouncementsContract = TypesOf<typeof announcementsContract>;
