/**
 * The devices of this gateway as voice satellites of Home Assistant: while a device is connected here, there is a server for it, and it is announced in the local network.
 */
import { v7 as uuidv7 } from 'uuid';
import { createUtteranceDecoders } from '../../../actors/assistant/recognition/utterance-decoder.ts';
import type { ReplyVoice } from '../../../actors/assistant/speech/reply-voice.ts';
import type { Unwatch } from '../../../actors/cloud/cloud.ts';
import type { Responder } from '../../../actors/responder/responder.ts';
import type { SessionNotification } from '../../../machines/session-context.ts';
import type { QueueRegistry } from '../../core/actor/queue-metrics.ts';
import { errorFields } from '../../core/errors.ts';
import type { Log } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import type { MdnsChoice } from '../announce-gateway.ts';
import type { GatewayCloud } from '../gateway-cloud.ts';
import { openAdvertiser } from './advertise.ts';
import { createSatelliteAnnouncements } from './announcements.ts';
import { type ApiServer, openApiServer } from './api-server.ts';
import { createSoundFetch } from './fetched-sound.ts';
import { createSatelliteOperator } from './operator.ts';
import { createSatelliteResponder } from './responder.ts';
import { Satellite } from './satellite.ts';
import { openSatelliteIdentities } from './satellite-identity.ts';
import { createTimers } from './timers.ts';

export interface SatellitesOptions {
  /** Address to listen on. */
  host: string;
  /** The first device's; the next ones have the next ports. */
  firstPort: number;
  /** Without a key: anybody who can connect hears what is said to the devices. */
  isPlaintext: boolean;
  mdns: MdnsChoice;
  cloud: Pick<GatewayCloud, 'ready' | 'address' | 'reminders'>;
  /** The state folder. */
  state: string;
  voice: ReplyVoice;
  version: string;
  queues?: QueueRegistry | undefined;
  clock: Clock;
  log: Log;
}

export interface Satellites {
  responder: Responder;
  /** A device comes or goes. */
  onNotification(notification: SessionNotification): void;
  close(): Promise<void>;
}

/** A device that is connected. */
interface Connected {
  satellite: Satellite;
  features: readonly string[];
  /** A new session may begin before the one before has ended. */
  sessions: Set<string>;
  close(): void;
}

/** @throws EarshotError `store_failed`, `store_full` */
export function openSatellites(options: SatellitesOptions): Satellites {
  const { host, firstPort, isPlaintext, mdns, cloud, state, voice, version, queues, clock, log } = options;
  const identities = openSatelliteIdentities(state);
  const operator = createSatelliteOperator({ cloud: cloud.address, newId: uuidv7, clock, log });
  const announcements = createSatelliteAnnouncements({ operator, clock, log });
  const onTimer = createTimers({ reminders: cloud.reminders, wallNow: clock.wallNow });
  const decoders = createUtteranceDecoders({ clock, log });
  const sounds = createSoundFetch(clock);
  const unwatchQueues = queues?.watch(() => [decoders.queue()]);
  const connected = new Map<string, Connected>();
  const advertiser = openAdvertiser({
    ...{ choice: mdns, host, isEncrypted: !isPlaintext, version, clock, log },
  });

  function open(device: string, features: readonly string[]): Connected {
    const identity = identities.of(device);
    const satellite = new Satellite({
      ...{ identity, version, features, clock, log },
      actions: {
        control: (action) => operator.control(device, action),
        setVolume: async (volumePercent) => await (await cloud.ready).setVolume(device, volumePercent),
        announce: (wanted) => announcements.announce(device, wanted),
        timer: (event) => onTimer(device, event),
      },
    });
    let server: ApiServer | undefined;
    let unpublish: (() => void) | undefined;
    let unwatch: Unwatch | undefined;
    let isClosed = false;

    async function listen(): Promise<void> {
      const port = identities.portOf(device, firstPort);
      const key = isPlaintext ? undefined : identities.key;
      server = await openApiServer({ ...{ host, port, satellite, identity, key, clock, log } });
      if (isClosed) return server.close();
      log.info('a device is a satellite of Home Assistant', { device, name: identity.name, host, port });
      unpublish = (await advertiser)?.publish(identity, port);
      if (isClosed) unpublish?.();
    }

    async function watchDevice(): Promise<void> {
      const ready = await cloud.ready;
      if (isClosed) return;
      unwatch = ready.watchDevice(device, ({ settings, connection }) => {
        satellite.setVolume(settings.volumePercent ?? 100);
        satellite.setMuted(connection?.mutedBy !== undefined);
      });
    }

    listen().catch((error: unknown) =>
      log.error('a device is no satellite of Home Assistant', { device, ...errorFields(error) }),
    );
    // That there is no cloud is logged where it is opened.
    watchDevice().catch(() => {});
    return {
      satellite,
      features,
      sessions: new Set(),
      close() {
        isClosed = true;
        unpublish?.();
        server?.close();
        unwatch?.();
      },
    };
  }

  const responder = createSatelliteResponder({
    satelliteOf: (device) => connected.get(device)?.satellite,
    announcementOf: announcements.of,
    ...{ voice, decoders, sounds },
  });

  return {
    responder,
    onNotification(notification) {
      if (notification.type === 'session.opened') {
        const { device, session, features } = notification;
        const before = connected.get(device);
        // Home Assistant asks for entities when it connects.
        const isSame = before?.features.join() === features.join();
        if (!isSame) before?.close();
        const known = before && isSame ? before : open(device, features);
        for (const other of before?.sessions ?? []) known.sessions.add(other);
        known.sessions.add(session);
        connected.set(device, known);
      }
      if (notification.type === 'session.closed') {
        const known = connected.get(notification.device);
        known?.sessions.delete(notification.session);
        if (!known || known.sessions.size > 0) return;
        connected.delete(notification.device);
        known.close();
      }
    },
    async close() {
      unwatchQueues?.();
      for (const each of connected.values()) each.close();
      connected.clear();
      sounds.close();
      await Promise.all([decoders.close(), operator.close()]);
    },
  };
}
