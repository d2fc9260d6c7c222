/**
 * The whole line in virtual time: a device in a room, a network and a gateway. Hours in minutes; the same seed gives the same line.
 */
import type { OpenWakeEngine } from '../../actors/listening/wake-engine.ts';
import { parrot } from '../../actors/responder/parrot.ts';
import type { Announcement, Responder } from '../../actors/responder/responder.ts';
import type { ListenSettings } from '../../src/core/contracts/index.ts';
import { silentLog } from '../../src/core/log/log.ts';
import type { OpenNotices } from '../../src/gateway/session-notices.ts';
import { createSessions } from '../../src/gateway/sessions.ts';
import { createVirtualNetwork } from '../model/virtual-network.ts';
import { seededRandom } from '../support/random.ts';
import { createVirtualClock, type VirtualClock } from '../support/virtual-clock.ts';
import { type DeviceInRoom, startDeviceInRoom } from './device-in-room.ts';
import { LIVING_ROOM } from './plans.ts';
import { createRoom, type Room, type RoomOptions } from './room.ts';

export interface VirtualLineOptions extends Partial<Omit<RoomOptions, 'clock'>> {
  settings: ListenSettings;
  responder?: Responder;
  /** The echo canceller; none by default. */
  canceller?: string;
  /** For the mode `wake`. It must be loaded: in virtual time nothing else can be awaited. */
  openWakeEngine?: OpenWakeEngine;
}

export interface VirtualLine extends DeviceInRoom {
  clock: VirtualClock;
  room: Room;
  /** The gateway has something to say. */
  announce(text: string): void;
}

export async function startVirtualLine(options: VirtualLineOptions): Promise<VirtualLine> {
  const { settings, responder = parrot, seed = 1, canceller, openWakeEngine, ...rest } = options;
  const clock = createVirtualClock();
  const room = createRoom({
    plan: LIVING_ROOM,
    loudspeaker: { echoDb: -6, driftPpm: 0, drive: 0 },
    noise: { colour: 'pink', levelDb: -70 },
    ...rest,
    clock,
    seed,
  });
  let ids = 0;
  const newId = () => `00000000-0000-7000-8000-${String(++ids).padStart(12, '0')}`;
  const announcer = createAnnouncer(newId);
  const sessions = createSessions({
    ...{ responder, recorder: forgetful(), clock, log: silentLog, newId, onNotification: () => {} },
    notices: announcer.open,
  });
  const network = createVirtualNetwork({
    ...{ clock, random: seededRandom(seed), delayMs: 15, jitterMs: 10, accept: sessions.accept },
  });
  const device = startDeviceInRoom({
    ...{ name: 'room', clock, room, dial: network.dial, settings, seed, newId, canceller, openWakeEngine },
  });
  await clock.run(500);
  return {
    ...device,
    clock,
    room,
    announce: announcer.announce,
    stop() {
      device.stop();
      void sessions.closeAll(1_001, 'over');
    },
  };
}

/** Offers announcements to the device, as the cloud would. */
function createAnnouncer(newId: () => string) {
  const offered = new Map<string, Announcement>();
  let offer: ((announcement: Announcement) => void) | undefined;
  const open: OpenNotices = ({ send }) => {
    offer = (announcement) => send({ type: 'session.say', ...announcement, priority: 'normal', expiresInMs: 60_000 });
    return {
      observer: { sent() {}, received() {}, toolUsed() {}, ended() {}, closed() {} },
      takeAnnouncement: (id) => offered.get(id),
      close() {},
    };
  };
  return {
    open,
    announce(text: string) {
      const announcement = { id: newId(), text };
      offered.set(announcement.id, announcement);
      offer?.(announcement);
    },
  };
}

/** Turns that may still be asked for. */
const MOST_REMEMBERED = 100;

/** Knows which turns it had last; not their audio, of which there may be hours. */
function forgetful() {
  const ids = new Set<string>();
  return {
    has: (_device: string, id: string) => ids.has(id),
    async record({ id }: { id: string }) {
      ids.add(id);
      const [oldest] = ids;
      if (oldest !== undefined && ids.size > MOST_REMEMBERED) ids.delete(oldest);
    },
  };
}
