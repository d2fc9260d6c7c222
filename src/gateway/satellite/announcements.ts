/**
 * Announcements of Home Assistant, made as those of an operator are: through the cloud, in the order and the quiet hours of the device, and with a record of what became of them.
 */
import type { ConvexClient } from 'convex/browser';
import { v7 as uuidv7 } from 'uuid';
import { mapCloudErrors, openClient } from '../../../actors/cloud/convex-cloud.ts';
import { api } from '../../../convex/_generated/api.js';
import type { Log } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import { clipText, MAX_SPOKEN_LENGTH } from '../../protocol/bounds.ts';
import type { PagesCloud } from '../web/page-tokens.ts';
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
  close(): Promise<void>;
}

export interface SatelliteAnnouncementsOptions {
  cloud: PagesCloud;
  clock: Clock;
  log: Log;
}

export function createSatelliteAnnouncements({
  cloud,
  clock,
  log,
}: SatelliteAnnouncementsOptions): SatelliteAnnouncements {
  const wanted = new Map<string, WantedAnnouncement>();
  let opened: Promise<ReturnType<typeof openClient>> | undefined;

  /** With the first announcement. */
  async function open(): Promise<ReturnType<typeof openClient>> {
    const claims = { role: 'operator', subject: 'home-assistant' } as const;
    return openClient({ url: await cloud.url, gatewayKey: cloud.gatewayKey, claims, clock, log });
  }

  async function announce(device: string, announcement: WantedAnnouncement): Promise<boolean> {
    opened ??= open();
    const { client } = await opened;
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
    async close() {
      // A cloud that was not found has nothing to close.
      await (await opened?.catch(() => undefined))?.close();
    },
  };
}
