/**
 * All machines of the device together, with doubles of the actors: any event may occur
 * at any time, and the reactions are recorded.
 */
import { type AnyActorRef, type AnyEventObject, createActor } from 'xstate';
import { machineLogic } from '../../machines/adapter/contract-logic.ts';
import { conversation } from '../../machines/conversation.ts';
import type { ConversationNotification } from '../../machines/conversation-context.ts';
import { CONVERSATION_CHILDREN } from '../../machines/conversation-setup.ts';
import { link } from '../../machines/link.ts';
import { listening } from '../../machines/listening.ts';
import { playback } from '../../machines/playback.ts';
import { supervised } from '../../machines/supervise.ts';
import { uploader } from '../../machines/uploader.ts';
import {
  type ContractTypes,
  type LinkContract,
  type ListeningContract,
  type ListenSettings,
  listenerContract,
  networkContract,
  offlineContract,
  type PlaybackContract,
  playerContract,
  type UploaderContract,
} from '../../src/core/contracts/index.ts';
import { listenSettingsOf } from '../../src/device/listen-settings.ts';
import { LISTEN_MODES } from '../../src/protocol/listening.ts';
import { createCountingClock } from '../support/counting-clock.ts';
import { type FakeActor, fakeActor, fakeActors, logicsOf } from '../support/fake-actor.ts';
import { INTERNAL_ERROR, PLAYED } from '../support/sample-events.ts';

/** The children of the conversation that are actors; the others are machines with an actor each. */
const { uploader: _, playback: __, link: ___, listening: ____, ...LEAVES } = CONVERSATION_CHILDREN;
const ACTOR_NAMES = [
  ...(Object.keys(LEAVES) as (keyof typeof LEAVES)[]),
  'listener',
  'offline',
  'player',
  'network',
] as const;

export type World = ReturnType<typeof createWorld>;
/** A step of a history: an actor sends an event or crashes, or time passes. */
export interface Happening {
  name: string;
  /** The turn of the event, if it has one. */
  turn?: number;
  happen(world: World): void;
}

export function createWorld() {
  const clock = createCountingClock();
  const actors = {
    ...fakeActors(LEAVES),
    listener: fakeActor(listenerContract),
    offline: fakeActor(offlineContract),
    player: fakeActor(playerContract),
    network: fakeActor(networkContract),
  };
  const machine = conversation.provide({
    actors: {
      ...logicsOf(LEAVES, actors, (contract, logic) => supervised<ContractTypes>(contract, logic)),
      listening: machineLogic<ListeningContract>(
        listening.provide({ actors: { listener: supervised(listenerContract, actors.listener.logic) } }),
      ),
      uploader: machineLogic<UploaderContract>(
        uploader.provide({ actors: { offline: supervised(offlineContract, actors.offline.logic) } }),
      ),
      playback: machineLogic<PlaybackContract>(
        playback.provide({ actors: { player: supervised(playerContract, actors.player.logic) } }),
      ),
      link: machineLogic<LinkContract>(
        link.provide({ actors: { network: supervised(networkContract, actors.network.logic) } }),
      ),
    },
  });
  const line = createActor(machine, { clock });
  const notifications: ConversationNotification[] = [];
  line.on('*', (event) => notifications.push(event));
  line.start();
  return {
    clock,
    actors,
    line,
    notifications,
    get state() {
      const { value } = line.getSnapshot();
      return typeof value === 'string' ? value : (Object.keys(value)[0] ?? '');
    },
    get turn() {
      return line.getSnapshot().context.turn;
    },
    /** The turn for which the microphone is open: started, and neither stopped, aborted, ended nor crashed since. */
    get microphoneOpenFor() {
      return openTurn(actors.capture.history, 'capture.start', ['capture.stop', 'capture.abort']);
    },
    /** The state of the machine of the microphone. */
    get listening() {
      const { value } = (line.getSnapshot().children.listening as AnyActorRef).getSnapshot();
      return typeof value === 'string' ? value : (Object.keys(value)[0] ?? '');
    },
    /** As they are now. */
    get listenSettings(): ListenSettings {
      return (line.getSnapshot().children.listening as AnyActorRef).getSnapshot().context.settings;
    },
    /** What the person was told last about the microphone. */
    get told() {
      const last = notifications.findLast((event) => event.type === 'microphone.changed');
      return last?.type === 'microphone.changed' ? last.state : 'closed';
    },
    /** The turn for which the speaker is open. */
    get speakerOpenFor() {
      return openTurn(actors.player.history, 'player.open', ['player.abort']);
    },
    /** The turn in which a reminder rings: begun, and neither ended nor its actor stopped since. */
    get ringsFor() {
      return openTurn(actors.reminders.history, 'ring.begin', ['ring.end']);
    },
    running: () => Object.values(actors).filter((actor) => actor.running).length,
  };
}

/** The resource that an actor was last commanded to open, unless it was closed, has ended, or the actor was stopped. */
function openTurn(history: readonly AnyEventObject[], open: string, close: readonly string[]): number | undefined {
  let turn: number | undefined;
  for (const event of history) {
    if (event.type === open) turn = event.turn as number;
    else if (event.type === 'stopped') turn = undefined;
    else if (OVER.has(event.type) || close.includes(event.type)) turn = event.turn === turn ? undefined : turn;
  }
  return turn;
}
const OVER = new Set(['capture.ended', 'capture.failed', 'player.drained', 'player.failed']);

/** All possible events, for this turn, the previous one, and one that does not exist. */
export function happenings(turn: number): Happening[] {
  return [
    ...says('trigger', [
      { type: 'talk.pressed', id: `turn-${turn + 1}`, trigger: 'key', startedAtMs: 0 },
      { type: 'talk.released', atMs: 0 },
      { type: 'talk.cancelled' },
    ]),
    ...says('listener', [
      { type: 'listener.opened', device: 'x' },
      { type: 'listener.failed', error: INTERNAL_ERROR },
      { type: 'listener.lost', device: 'x' },
      { type: 'listener.recovered', device: 'x', missingMs: 1 },
      { type: 'listener.muted', muted: true },
      { type: 'wake.heard', ...speechOf(turn, 'wake'), word: 'w', score: 1, levelDb: 0 },
      { type: 'speech.started', ...speechOf(turn, 'voice') },
      { type: 'speech.ended', atMs: 0, waitedMs: 500 },
      { type: 'interruption.suspected', atMs: 0 },
      { type: 'interruption.confirmed', ...speechOf(turn, 'voice') },
      { type: 'interruption.dismissed', atMs: 0 },
      { type: 'echo.changed', converged: true, erleDb: 20 },
    ]),
    ...LISTEN_MODES.flatMap((mode) =>
      [{ followUpMs: 8_000 }, { followUpMs: 0, answerMs: 5_000 }].map((times) => ({
        name: `mode ${mode}, ${JSON.stringify(times)}`,
        happen: ({ line }: World) =>
          line.send({ type: 'listening.configure', settings: listenSettingsOf({ mode, ...times }) }),
      })),
    ),
    ...[true, false].map((muted) => ({
      name: muted ? 'mute' : 'unmute',
      happen: ({ line }: World) => line.send({ type: 'listening.mute', muted }),
    })),
    ...says('announcements', [
      {
        type: 'announcement.due',
        id: `turn-${turn + 1}`,
        trigger: 'announcement',
        startedAtMs: 0,
        announcement: `announcement-${turn}`,
      },
      { type: 'say.declined', id: 'dinner', reason: 'expired' },
    ]),
    ...says('reminders', [
      {
        type: 'reminder.due',
        id: `turn-${turn + 1}`,
        trigger: 'reminder',
        startedAtMs: 0,
        reminder: `reminder-${turn}`,
        text: '',
        lateMs: 0,
      },
      { type: 'reminder.rang', id: 'pasta', outcome: 'stopped', lateMs: 0 },
    ]),
    ...[turn, turn - 1, turn + 5].flatMap((of) => [
      ...says('capture', [
        { type: 'capture.started', turn: of, device: 'x', atMs: 0 },
        {
          type: 'capture.ended',
          turn: of,
          reason: 'stopped',
          frames: 10,
          firstSampleAtMs: 0,
          lastSampleAtMs: 0,
          captureMs: 0,
          overflows: 0,
        },
        {
          type: 'capture.ended',
          turn: of,
          reason: 'stopped',
          frames: 0,
          firstSampleAtMs: 0,
          lastSampleAtMs: 0,
          captureMs: 0,
          overflows: 0,
        },
        { type: 'capture.failed', turn: of, error: INTERNAL_ERROR },
        { type: 'capture.lost', turn: of, device: 'x' },
      ]),
      ...says('encoder', [{ type: 'encoder.failed', turn: of, error: INTERNAL_ERROR }]),
      ...says('offline', [
        { type: 'offline.started', turn: of },
        { type: 'offline.replying', turn: of, text: '' },
      ]),
      ...says('player', [
        { type: 'player.started', turn: of, atMs: 0, bufferedMs: 0, decodeMs: 0, outputLatencyMs: 0 },
        { type: 'player.underrun', turn: of },
        { type: 'player.resumed', turn: of, silenceMs: 20 },
        { type: 'player.draining', turn: of },
        { type: 'player.drained', turn: of, ...PLAYED },
        { type: 'player.aborted', turn: of, ...PLAYED },
        { type: 'player.failed', turn: of, error: INTERNAL_ERROR },
      ]),
      ...says('network', [
        { type: 'uplink.started', turn: of, atMs: 0 },
        { type: 'turn.processing', turn: of },
        { type: 'listen.hold', turn: of, holdMs: 500 },
        { type: 'listen.end', turn: of, reason: 'finished' },
        { type: 'listen.end', turn: of, reason: 'no-speech' },
        { type: 'turn.refused', turn: of, error: INTERNAL_ERROR },
        { type: 'reply.started', turn: of },
        { type: 'reply.finished', turn: of, frames: 10 },
        { type: 'turn.done', turn: of },
        { type: 'turn.done', turn: of, asks: true },
        { type: 'turn.stored', id: `turn-${of}` },
      ]),
    ]),
    ...says('offline', [
      { type: 'offline.pending', turns: 1 },
      { type: 'offline.pending', turns: 0 },
      { type: 'offline.delivering', id: 'stored' },
      { type: 'offline.failed', error: INTERNAL_ERROR },
    ]),
    ...says('network', [
      { type: 'network.opened', session: 's' },
      { type: 'network.pairing', code: '123456', expiresAtMs: 1 },
      { type: 'network.closed', error: INTERNAL_ERROR, retryable: true, jitter: 0.5 },
      { type: 'network.roundTrip', roundTripMs: 150, clockOffsetMs: 0, backlogMs: 0 },
      { type: 'network.roundTrip', roundTripMs: 20, clockOffsetMs: 0, backlogMs: 0 },
      { type: 'network.available' },
      { type: 'say.offered', id: 'dinner', text: 'Dinner is ready', priority: 'normal', endsAtMs: 600_000 },
      { type: 'reminders.listed', now: 0, uptimeMs: 0, reminders: [] },
      { type: 'turn.stored', id: 'stored' },
      { type: 'delivery.failed', id: 'stored', error: INTERNAL_ERROR, retryable: true },
    ]),
    ...ACTOR_NAMES.map((name) => ({
      name: `${name} crashes`,
      happen: ({ actors }: World) => actors[name].crash(),
    })),
    ...[10, 300, 3_000, 60_000].map((ms) => ({
      name: `${ms} ms pass`,
      happen: ({ clock }: World) => clock.increment(ms),
    })),
  ];
}

function speechOf(turn: number, trigger: string) {
  return { id: `turn-${turn + 1}`, trigger, startedAtMs: 0, atMs: 0 };
}

function says(actor: keyof World['actors'], events: AnyEventObject[]): Happening[] {
  return events.map((event) => ({
    name: JSON.stringify(event),
    ...('turn' in event ? { turn: event.turn as number } : {}),
    happen: ({ actors }) => (actors[actor] as unknown as FakeActor<ContractTypes>).send(event),
  }));
}
