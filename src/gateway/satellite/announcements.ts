/**
 * Announcements of Home Assistant, made as those of an operator are: through the cloud, in the order and the quiet hours of the device, and with a record of what became of them.
 */
import type { ConvexClient } from 'convex/browser';
import { v7 as uuidv7 } from 'uuid';
import { mapCloudErrors } from '../../../actors/cloud/cloud-errors.ts';
import { api } from '../../../convex/_generated/api.js';
import type { Log } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import { clipText, MAX_SPOKEN_LENGTH } from '../../protocol/bounds.ts';
import type { SatelliteOperator } from './operator.ts';
import type { WantedAnnouncement } from './satellite.ts';

/** Home Assistant waits five minutes. */
const EXPIRES_MS = 4 * 60_000;
/** An announcement that has begun may last so long. */
const SPOKEN_MS = 11 * 60_000;
/** In the record of one that is only a sound. */
const SOUND_ONLY = 'A sound of Home Assistant';

export interface SatelliteAnnouncements {
  /** Resolves with whether it was said to the end. @throws EarshotError `cloud_…` by rejection */
  announce(device: string, wanted: WantedAnnouncement): Promise<boolean>;
  /** One that was not made yet, or is being made. */
  of(id: string): WantedAnnouncement | undefined;
}

export interface SatelliteAnnouncementsOptions {
  operator: Pick<SatelliteOperator, 'client'>;
  clock: Clock;
  log: Log;
}

export function createSatelliteAnnouncements({
  operator,
  clock,
  log,
}: SatelliteAnnouncementsOptions): SatelliteAnnouncements {
  const wanted = new Map<string, WantedAnnouncement>();

  async function announce(device: string, announcement: WantedAnnouncement): Promise<boolean> {
    const client = await operator.client();
    const id = uuidv7();
    const text = clipText(announcement.text.trim(), MAX_SPOKEN_LENGTH) || SOUND_ONLY;
    const said = { device, id, text, priority: 'normal', expiresInMs: EXPIRES_MS } as const;
    wanted.set(id, announcement);
    try {
      await mapCloudErrors(client.mutation(api.announcements.say, said));
      return await outcome(client, device, id);
    } finally {
      wanted.delete(id);
    }
  }

  /** Resolves when nothing more becomes of it. */
  function outcome(client: ConvexClient, device: string, id: string): Promise<boolean> {
    return new Promise((resolve) => {
      const limit = clock.setTimeout(() => end(false), EXPIRES_MS + SPOKEN_MS);
      const unwatch = client.onUpdate(
        api.announcements.get,
        { device, id },
        (told) => {
          if (told?.state !== 'offered' && told?.state !== 'taken') end(told?.state === 'played');
        },
        (error) => {
          log.warn('it is not known what became of an announcement of Home Assistant', {
            device,
            error: error.message,
          });
          end(false);
        },
      );
      function end(wasPlayed: boolean): void {
        clock.clearTimeout(limit);
        // A subscription must not be ended while it is made.
        queueMicrotask(() => unwatch());
        resolve(wasPlayed);
      }
    });
  }

  return {
    announce,
    of: (id) => wanted.get(id),
  };
}
