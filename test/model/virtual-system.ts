/**
 * The system in virtual time: a device, a gateway and its recorder in one process, on one clock and over a simulated network; the
 * codec, the buffers, the store and every actor are the real ones. The same seed gives the same trace.
 */
import { parrot } from '../../actors/responder/parrot.ts';
import type { CompletedTurn, TurnRecorder } from '../../actors/session/turn-recorder.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { createSessions } from '../../src/gateway/sessions.ts';
import { packetsOf } from '../support/finished-turn.ts';
import { seededRandom } from '../support/random.ts';
import { createVirtualClock, type VirtualClock } from '../support/virtual-clock.ts';
import { startVirtualDevice, type VirtualDevice } from './virtual-device.ts';
import { createVirtualNetwork, type VirtualNetwork } from './virtual-network.ts';

export interface VirtualSystem extends VirtualDevice {
  clock: VirtualClock;
  network: VirtualNetwork;
  /** All notifications with their times: they must be the same for the same seed. */
  trace: string[];
  /** Frames that the gateway recorded, by id. */
  recorded: Map<string, string[]>;
  /** Their recorded start times, by id. */
  startedAtMsById: Map<string, number>;
}

export function startVirtualSystem(seed: number): VirtualSystem {
  const random = seededRandom(seed);
  const clock = createVirtualClock();
  const trace: string[] = [];
  const recorded = new Map<string, string[]>();
  const startedAtMsById = new Map<string, number>();
  const startedMs = clock.now();
  const note = (text: string) => trace.push(`${(clock.now() - startedMs).toFixed(3)} ${text}`);
  let ids = 0;
  const newId = () => `00000000-0000-7000-8000-${String(++ids).padStart(12, '0')}`;

  const sessions = createSessions({
    responder: parrot,
    recorder: memoryRecorder(recorded, note, (id, atMs) => startedAtMsById.set(id, atMs)),
    clock,
    log: silentLog,
    newId,
    onNotification: (notification) => note(`gateway ${JSON.stringify(notification)}`),
  });
  const network = createVirtualNetwork({ clock, random, delayMs: 15, jitterMs: 10, accept: sessions.accept });
  const onNotification = (notification: object) => note(`device ${JSON.stringify(notification)}`);
  const device = startVirtualDevice({ name: 'toy', clock, random, dial: network.dial, newId, onNotification });
  return {
    ...device,
    clock,
    network,
    trace,
    recorded,
    startedAtMsById,
    stop() {
      device.stop();
      void sessions.closeAll(1_001, 'over');
    },
  };
}

export function memoryRecorder(
  recorded: Map<string, string[]>,
  note: (text: string) => void,
  onRecorded: (id: string, startedAtMs: number) => void = () => {},
): TurnRecorder {
  return {
    has: (_device, id) => recorded.has(id),
    async record({ id, audio, offline, startedAtMs }: CompletedTurn) {
      if (recorded.has(id)) throw new Error(`${id} was recorded twice`);
      const packets = await packetsOf({ audio });
      const frames = packets.flatMap((packet) => packet.frames.map((frame) => Buffer.from(frame).toString('hex')));
      recorded.set(id, frames);
      onRecorded(id, startedAtMs);
      note(`recorded ${id} ${frames.length} frames${offline ? ' offline' : ''}`);
    },
  };
}

/** The actions of a user and a network during some conversations, all derived from the seed. */
export async function runConversations(line: VirtualSystem, seed: number, conversations: number): Promise<void> {
  const random = seededRandom(seed + 1_000_003);
  const { clock, network } = line;
  const mischief = () => {
    const what = random.next();
    if (what < 0.1) network.breakAll();
    else if (what < 0.15) network.silenceAll();
    else if (what < 0.2) {
      network.breakAll();
      network.vanish(random.integer(200, 8_000));
    }
  };
  await clock.run(500);
  for (let i = 0; i < conversations; i++) {
    line.press();
    await clock.run(random.integer(30, 2_500));
    mischief();
    if (random.next() < 0.05) line.cancel();
    else line.press();
    await clock.run(random.integer(0, 1_500));
    mischief();
    // Most replies are played to their end; some are interrupted.
    if (random.next() < 0.8) await clock.runUntil(() => line.state() === 'idle', 120_000, 'the turn ends');
    else await clock.run(random.integer(0, 800));
  }
  await clock.runUntil(() => line.state() === 'idle', 120_000, 'the last turn ends');
  // Idle time: stored turns are delivered.
  await clock.runUntil(() => line.storedCount() === 0, 600_000, 'stored turns are delivered');
}
