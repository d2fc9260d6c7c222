/**
 * Two devices on one gateway, in virtual time. The first has everything that a device can encounter (a turn, a
 * barge-in, a discarded turn, a link that fails in the middle of an utterance and stays down, a gateway that asks it to connect elsewhere),
 * and every fault happens there; the second runs turns at the same time.
 */
import type { Actor } from 'xstate';
import { watchInterfaces } from '../../actors/network/interface-watch.ts';
import { parrot } from '../../actors/responder/parrot.ts';
import type { Responder } from '../../actors/responder/responder.ts';
import type { TurnRecorder } from '../../actors/session/turn-recorder.ts';
import type { session } from '../../machines/session.ts';
import type { QueueRegistry } from '../../src/core/actor/queue-metrics.ts';
import type { Log } from '../../src/core/log/log.ts';
import { createSessions } from '../../src/gateway/sessions.ts';
import { startVirtualDevice, type VirtualDevice } from '../model/virtual-device.ts';
import { createVirtualNetwork, type VirtualNetwork } from '../model/virtual-network.ts';
import { packetsOf } from '../support/finished-turn.ts';
import { seededRandom } from '../support/random.ts';
import { createVirtualClock, type VirtualClock } from '../support/virtual-clock.ts';
import type { Scenario } from './scenario.ts';

const PATIENCE_MS = 120_000;

interface Line extends VirtualDevice {
  network: VirtualNetwork;
  /** Types of its notifications, oldest first. */
  notifications: { type: string; [field: string]: unknown }[];
  idle(): Promise<void>;
  /** Records for this time, and plays the whole reply. */
  talk(ms: number): Promise<void>;
}

async function run(log: Log): Promise<string[]> {
  const random = seededRandom(7);
  const clock = createVirtualClock();
  const recorded = new Map<string, number>();
  const gatewayNotifications: { type: string; session?: string; device?: string; code?: number; outcome?: string }[] =
    [];
  let ids = 0;
  const newId = () => `00000000-0000-7000-8000-${String(++ids).padStart(12, '0')}`;
  const actors = new Map<string, Actor<typeof session>>();
  /** The session of the first device drains: the same gateway serves as the other one. */
  const drainFirst = () => {
    const opened = gatewayNotifications.findLast(({ type, device }) => type === 'session.opened' && device === 'first');
    actors.get(opened?.session ?? '')?.send({ type: 'session.drain', afterMs: 30_000, spreadMs: 1_000 });
  };
  const sessions = createSessions({
    responder: later,
    recorder: remembering(recorded),
    clock,
    log,
    newId,
    onSession: (actor, id) => void actors.set(id, actor),
    onNotification: (notifications) => gatewayNotifications.push(notifications),
    // Like the cloud, when a device is known.
    watch(_guest, { onSettings, onCachedReply }) {
      const timer = clock.setTimeout(() => {
        onSettings({ volumePercent: 80 });
        for (const key of ['a', 'b']) onCachedReply({ key, text: key, file: new Uint8Array(3) });
      }, 100);
      return () => clock.clearTimeout(timer);
    },
  });

  let hasNetwork = true;
  function start(name: string): Line {
    const network = createVirtualNetwork({ clock, random, delayMs: 15, jitterMs: 10, accept: sessions.accept });
    const notifications: Line['notifications'] = [];
    const addresses = () => (hasNetwork ? ['192.0.2.7'] : []);
    const queues: QueueRegistry = {
      watch(read) {
        const timer = clock.setTimeout(read, 1_000);
        return () => clock.clearTimeout(timer);
      },
    };
    const device = startVirtualDevice({
      ...{ name, clock, log, random, newId, queues, dial: network.dial, watchInterfaces: watchInterfaces(addresses) },
      onNotification: (told) => notifications.push(told),
    });
    const idle = () => clock.runUntil(() => device.state() === 'idle', PATIENCE_MS, `${name} is idle`);
    return {
      ...device,
      network,
      notifications,
      idle,
      async talk(ms) {
        device.press();
        await clock.run(ms);
        device.release();
        await clock.run(50);
        await idle();
      },
    };
  }

  const first = start('first');
  // Settings from the cloud must wait for the socket of the device; then nothing is sent, for as long as a silent
  // device may stay connected.
  first.network.congest(true);
  await clock.run(500);
  first.network.congest(false);
  await clock.run(16_000);
  const second = start('second');
  await clock.run(1_000);
  // One that connects and never sends hello.
  sessions.accept(() => ({
    sendText() {},
    sendBinary() {},
    bufferedBytes: 0,
    setReading() {},
    close() {},
    terminate() {},
  }));
  const setNetwork = (is: boolean) => {
    hasNetwork = is;
  };
  await live(first, second, clock, { setNetwork, drainFirst });

  const wrong = [...afterTheFault(first), ...untouched(second, recorded)];
  const sessionsOfSecond = gatewayNotifications.filter(
    ({ type, device }) => type === 'session.opened' && device === 'second',
  );
  if (sessionsOfSecond.length !== 1) wrong.push(`the second device had ${sessionsOfSecond.length} sessions`);
  for (const line of [first, second]) line.stop();
  await Promise.all([sessions.closeAll(1_001, 'over'), clock.run(5_000)]);
  if (sessions.count() > 0) wrong.push(`${sessions.count()} sessions do not end`);

  return wrong;
}

/** The first device encounters everything; the second has a turn that overlaps with it, and one after it. */
async function live(
  first: Line,
  second: Line,
  clock: VirtualClock,
  { setNetwork, drainFirst }: { setNetwork: (is: boolean) => void; drainFirst: () => void },
): Promise<void> {
  const begin = async (ms: number) => {
    await first.idle();
    first.press();
    await clock.run(ms);
  };
  second.press();
  await clock.run(200);
  await first.talk(1_200);
  // A discarded turn; and an interrupted reply.
  await begin(200);
  first.cancel();
  // In case it was lost with the trigger, which has been restarted by now.
  await clock.run(200);
  first.release();
  await begin(600);
  first.release();
  await clock.run(400);
  await first.talk(400);
  second.release();
  // A link that accepts nothing for a while; one that fails in the middle of an utterance and returns.
  await begin(200);
  first.network.congest(true);
  await clock.run(200);
  first.network.congest(false);
  await clock.run(200);
  first.network.breakAll();
  await clock.run(400);
  first.release();
  // One that stays down: a cached reply is played, and the turn is delivered later.
  await begin(400);
  setNetwork(false);
  first.network.breakAll();
  first.network.vanish(9_000);
  await clock.run(400);
  first.release();
  await first.idle();
  await clock.run(9_000);
  setNetwork(true);
  await second.talk(500);
  await clock.runUntil(() => first.storedCount() === 0, PATIENCE_MS, 'stored turns are delivered');
  await clock.run(12_000);
  // Its gateway stops in the middle of a turn, and between turns.
  await begin(400);
  drainFirst();
  await clock.run(400);
  first.release();
  await first.idle();
  await clock.run(5_000);
  // One that ends without a close frame.
  first.network.silenceAll();
  await clock.run(25_000);
  await first.idle();
  await first.talk(500);
  await clock.runUntil(() => first.storedCount() === 0, PATIENCE_MS, 'the last turn is recorded');
}

/** Whatever failed: the next turn works. */
function afterTheFault({ records, state }: Line): string[] {
  const last = records.at(-1);
  if (last?.outcome === 'done' && last.playback && last.playback.frames > 0 && state() === 'idle') return [];
  return [`the last turn of the first device: ${last?.outcome}, ${last?.playback?.frames ?? 0} frames played`];
}

/** Nothing of it was lost, late or duplicated. */
function untouched({ records, encodedFrames, notifications }: Line, recorded: ReadonlyMap<string, number>): string[] {
  const wrong: string[] = [];
  if (records.length !== 2) wrong.push(`the second device had ${records.length} turns`);
  for (const { turn, id, outcome, playback } of records) {
    const frames = encodedFrames.get(turn)?.length;
    const figures = { outcome, recorded: recorded.get(id), heard: playback?.frames, underruns: playback?.underruns };
    const expected = { outcome: 'done', recorded: frames, heard: frames, underruns: 0 };
    if (JSON.stringify(figures) !== JSON.stringify(expected)) {
      wrong.push(
        `turn ${turn} of the second device: ${JSON.stringify(figures)} instead of ${JSON.stringify(expected)}`,
      );
    }
  }
  const troubles = notifications.filter(
    ({ type, up }) => type === 'actor.restarting' || (type === 'link.changed' && up === false),
  );
  for (const trouble of troubles) wrong.push(`the second device was affected: ${JSON.stringify(trouble)}`);
  return wrong;
}

/** Asynchronous, like most responders. */
const later: Responder = (turn, answer) => {
  const { hear, abort } = parrot(turn, answer);
  return {
    async hear(packet) {
      hear(packet);
    },
    abort,
  };
};

function remembering(recorded: Map<string, number>): TurnRecorder {
  return {
    has: (_device, id) => recorded.has(id),
    async record(turn) {
      const packets = await packetsOf(turn);
      recorded.set(turn.id, packets.flatMap(({ frames }) => frames).length);
    },
    inCloud: async () => {},
  };
}

export const twoDevices: Scenario = {
  name: 'two devices on one gateway',
  run,
  // The first turn of the responder is that of the second device.
  subjects:
    /^((trigger|capture|encoder|player|offline|network|deviceConnection|responder|a connection)#1|a connection#3|a turn of the responder#2) /,
};
