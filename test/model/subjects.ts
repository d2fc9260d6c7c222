/**
 * The machines under test: their alphabets, the keys of their states, and how each is started with doubles.
 */
import {
  type AnyActorRef,
  type AnyEventObject,
  type AnyStateMachine,
  createActor,
  type InspectionEvent,
  SimulatedClock,
  setup,
} from 'xstate';
import { answerMachine } from '../../machines/answer.ts';
import { ANSWER_CHILDREN } from '../../machines/answer-setup.ts';
import { conversation } from '../../machines/conversation.ts';
import { CONVERSATION_CHILDREN } from '../../machines/conversation-setup.ts';
import { link } from '../../machines/link.ts';
import { listening } from '../../machines/listening.ts';
import { playback } from '../../machines/playback.ts';
import { provisioning } from '../../machines/provisioning.ts';
import { session } from '../../machines/session.ts';
import { createSupervisor } from '../../machines/supervise.ts';
import { uploader } from '../../machines/uploader.ts';
import {
  captureContract,
  deviceConnectionContract,
  linkContract,
  listenerContract,
  networkContract,
  offlineContract,
  PUSH_TO_TALK,
  playerContract,
  responderContract,
  wifiContract,
} from '../../src/core/contracts/index.ts';
import { fakeActor, fakeActors, logicsOf } from '../support/fake-actor.ts';
import { CAPTURED, INTERNAL_ERROR, PLAYED, STARTED } from '../support/sample-events.ts';
import type { Running, Subject } from './paths.ts';

const ENCODED = { frames: 10, packets: 4, bytes: 600, encodeMs: 1, packetFillMs: 20, droppedFrames: 0 };
const restarting = (actor: string) => ({
  type: 'actor.restarting',
  actor,
  crashes: 1,
  delayMs: 1,
  error: INTERNAL_ERROR,
});
const restarted = (actor: string) => ({ type: 'actor.restarted', actor });
const RESTARTED = restarted('capture');

/** Events of the current turn, of the previous one, and of none. */
function ofTurn(turn: number, events: (turn: number) => AnyEventObject[]): AnyEventObject[] {
  return [...events(turn), ...events(turn + 7)];
}

const conversationSubject: Subject = {
  name: 'conversation',
  machine: conversation,
  alphabet: ({ turn }: { turn: number }) => [
    ...(turn < 2
      ? [
          { type: 'talk.pressed', id: 'id', trigger: 'key', startedAtMs: 0 },
          { type: 'talk.pressed', id: 'id', trigger: 'voice', startedAtMs: 0 },
          { type: 'announcement.due', id: 'id', trigger: 'announcement', startedAtMs: 0, announcement: 'dinner' },
          {
            type: 'reminder.due',
            id: 'id',
            trigger: 'reminder',
            startedAtMs: 0,
            reminder: 'pasta',
            text: '',
            lateMs: 0,
          },
        ]
      : []),
    { type: 'say.offered', id: 'dinner', text: 'Dinner is ready', priority: 'normal', endsAtMs: 1 },
    { type: 'say.declined', id: 'dinner', reason: 'expired' },
    { type: 'reminders.listed', now: 1, uptimeMs: 1, reminders: [] },
    { type: 'reminder.rang', id: 'pasta', outcome: 'stopped', lateMs: 0 },
    { type: 'reminders.failed', error: INTERNAL_ERROR },
    restarting('reminders'),
    restarted('reminders'),
    restarted('announcements'),
    { type: 'talk.released', atMs: 0 },
    { type: 'listening.configure', settings: PUSH_TO_TALK },
    { type: 'listening.mute', muted: true },
    { type: 'control.received', action: 'mute' },
    { type: 'microphone.changed', state: 'waiting' },
    { type: 'attention.changed', attention: 'speech' },
    { type: 'listener.failed', error: INTERNAL_ERROR },
    { type: 'listener.lost', device: 'x' },
    { type: 'listener.recovered', device: 'x', missingMs: 1 },
    { type: 'listener.ended' },
    { type: 'echo.changed', converged: true, erleDb: 20 },
    { type: 'talk.cancelled' },
    { type: 'link.up', session: 's' },
    { type: 'link.down', error: INTERNAL_ERROR, retryInMs: 1 },
    { type: 'link.roundTrip', roundTripMs: 5 },
    { type: 'link.quality', quality: 'poor', roundTripMs: 5, backlogMs: 0 },
    { type: 'settings.changed', settings: {} },
    { type: 'link.pairing', code: '123456', expiresAtMs: 1 },
    { type: 'turn.latencies', id: 'id', latencyMs: {} },
    { type: 'device.metrics', metrics: { cpuPercent: 1 } },
    { type: 'device.mute', muted: false },
    { type: 'conversation.close' },
    { type: 'turn.stored', id: 'id' },
    { type: 'turn.delivered', id: 'id' },
    { type: 'delivery.failed', id: 'id', error: INTERNAL_ERROR, retryable: true },
    { type: 'offline.pending', turns: 1 },
    { type: 'offline.dropped', id: 'id' },
    { type: 'offline.refused', id: 'id', error: INTERNAL_ERROR },
    { type: 'offline.damaged', id: 'id', damagedBytes: 1, deliverable: true },
    { type: 'offline.failed', error: INTERNAL_ERROR },
    restarting('capture'),
    restarting('offline'),
    RESTARTED,
    ...ofTurn(turn, (of) => [
      { type: 'capture.started', turn: of, device: 'x', atMs: 0 },
      { type: 'capture.ended', turn: of, reason: 'stopped', frames: 0, ...CAPTURED },
      { type: 'capture.ended', turn: of, reason: 'end-of-file', frames: 10, ...CAPTURED },
      { type: 'capture.failed', turn: of, error: INTERNAL_ERROR },
      { type: 'capture.lost', turn: of, device: 'x' },
      { type: 'capture.clipping', turn: of, runs: 5 },
      { type: 'capture.silence', turn: of, silentMs: 2_000 },
      { type: 'encoder.finished', turn: of, ...ENCODED },
      { type: 'encoder.overflow', turn: of, droppedFrames: 1 },
      { type: 'player.overflow', turn: of, droppedFrames: 1 },
      { type: 'encoder.failed', turn: of, error: INTERNAL_ERROR },
      { type: 'uplink.started', turn: of, atMs: 0 },
      { type: 'uplink.finished', turn: of, atMs: 0, packets: 4, bytes: 600 },
      { type: 'offline.started', turn: of },
      { type: 'offline.replying', turn: of, text: 'later' },
      { type: 'turn.partial', turn: of, text: 'what' },
      { type: 'turn.processing', turn: of },
      { type: 'reply.pause', turn: of },
      { type: 'reply.resume', turn: of },
      { type: 'listen.hold', turn: of, holdMs: 1 },
      { type: 'listen.end', turn: of, reason: 'finished' },
      { type: 'turn.refused', turn: of, error: INTERNAL_ERROR },
      { type: 'turn.done', turn: of },
      { type: 'turn.done', turn: of, asks: true },
      { type: 'reply.started', turn: of },
      { type: 'reply.text', turn: of, text: 'ten', fromMs: 0 },
      { type: 'reply.finished', turn: of, frames: 10 },
      { type: 'playback.started', turn: of, ...STARTED },
      { type: 'playback.underrun', turn: of },
      { type: 'playback.drained', turn: of, ...PLAYED },
      { type: 'playback.aborted', turn: of, ...PLAYED },
      { type: 'playback.failed', turn: of, error: INTERNAL_ERROR },
    ]),
  ],
  key: (context: Record<string, unknown>) => {
    const { turn, active, linkUp, linkKnown, linkSeen, released, reply, ringing } = context;
    return [Math.min(Number(turn), 2), active, linkUp, linkKnown, linkSeen, released, reply, ringing];
  },
  start: (inspect) =>
    alone(
      conversation.provide({ actors: logicsOf(CONVERSATION_CHILDREN, fakeActors(CONVERSATION_CHILDREN)) }),
      inspect,
    ),
};

const SETTINGS = { ...PUSH_TO_TALK, followUpMs: 8_000 };
const speech = { id: 'id', startedAtMs: 0, atMs: 0 };
const listeningSubject: Subject = {
  name: 'listening',
  machine: listening,
  alphabet: ({ turn }: { turn: number }) => [
    { type: 'listening.configure', settings: PUSH_TO_TALK },
    ...(['push', 'voice', 'wake'] as const).map((mode) => ({
      type: 'listening.configure',
      settings: { ...SETTINGS, mode },
    })),
    { type: 'listening.configure', settings: { ...SETTINGS, mode: 'wake', interruption: 'off' } },
    { type: 'listening.configure', settings: { ...PUSH_TO_TALK, mode: 'wake', answerMs: 5_000 } },
    { type: 'listening.mute', muted: true },
    { type: 'listening.mute', muted: false },
    ...['idle', 'streaming', 'processing', 'playing'].map((state) => ({
      type: 'conversation.entered',
      state,
      turn,
      replied: false,
    })),
    { type: 'conversation.entered', state: 'idle', turn, replied: true },
    { type: 'conversation.entered', state: 'idle', turn, replied: true, asks: true },
    { type: 'conversation.entered', state: 'recording', turn: 1, replied: false },
    { type: 'listener.opened', device: 'x' },
    { type: 'listener.failed', error: INTERNAL_ERROR },
    { type: 'listener.lost', device: 'x' },
    { type: 'listener.recovered', device: 'x', missingMs: 1 },
    { type: 'listener.ended' },
    { type: 'listener.muted', muted: true },
    { type: 'listener.muted', muted: false },
    { type: 'wake.heard', ...speech, trigger: 'wake', word: 'w', score: 1, levelDb: 0 },
    { type: 'speech.started', ...speech, trigger: 'voice' },
    { type: 'speech.ended', atMs: 0, waitedMs: 500 },
    { type: 'interruption.suspected', atMs: 0 },
    { type: 'interruption.confirmed', ...speech, trigger: 'voice' },
    { type: 'interruption.dismissed', atMs: 0 },
    { type: 'echo.changed', converged: true, erleDb: 20 },
    { type: 'echo.changed', converged: false, erleDb: 0 },
    restarting('listener'),
    restarted('listener'),
    ...ofTurn(turn, (of) => [
      { type: 'listen.hold', turn: of, holdMs: 1 },
      { type: 'listen.end', turn: of, reason: 'finished' },
      { type: 'listen.end', turn: of, reason: 'no-speech' },
    ]),
  ],
  key: (context: Record<string, unknown>) => {
    const { settings, mute, microphone, conversation, followUp, awaitsSpeech, mayGoOn, hasConverged, pausedTurn } =
      context;
    const { mode, interruption, followUpMs, answerMs } = settings as typeof PUSH_TO_TALK;
    return [
      ...[mode, interruption, followUpMs, answerMs, mute, microphone, conversation],
      ...[followUp, awaitsSpeech, mayGoOn, hasConverged, pausedTurn],
    ];
  },
  start: (inspect) =>
    belowAParent(listening.provide({ actors: { listener: fakeActor(listenerContract).logic } }), inspect),
};

const linkSubject: Subject = {
  name: 'link',
  machine: link,
  alphabet: () => [
    { type: 'link.close' },
    { type: 'link.retry' },
    { type: 'turn.start', turn: 1, id: 'id', trigger: 'key', startedAtMs: 0 },
    { type: 'turn.abort', turn: 1, reason: 'cancelled' },
    { type: 'turn.playback', turn: 1, event: 'started', playedMs: 0 },
    { type: 'say.declined', id: 'dinner', reason: 'expired' },
    { type: 'reminder.rang', id: 'pasta', outcome: 'stopped', lateMs: 0 },
    { type: 'network.opened', session: 's' },
    { type: 'network.moved', session: 's' },
    { type: 'network.pairing', code: '123456', expiresAtMs: 1 },
    { type: 'turn.latencies', id: 'id', latencyMs: {} },
    { type: 'device.metrics', metrics: { cpuPercent: 1 } },
    { type: 'device.mute', muted: false },
    { type: 'network.closed', error: INTERNAL_ERROR, retryable: true, jitter: 0.5 },
    { type: 'network.closed', error: INTERNAL_ERROR, retryable: false, jitter: 0.5 },
    { type: 'network.available' },
    ...[20, 90, 300].map((roundTripMs) => ({
      type: 'network.roundTrip',
      roundTripMs,
      clockOffsetMs: 0,
      backlogMs: 0,
    })),
    ...Object.keys(linkContract.sends)
      .filter((type) => type in networkContract.sends)
      .map((type) => ({ type, turn: 1, id: 'id', error: INTERNAL_ERROR })),
    restarting('network'),
    RESTARTED,
  ],
  key: ({ attempts, retryable, contraryExchanges }: Record<string, number>) => [
    Math.min(attempts ?? 0, 2),
    retryable,
    contraryExchanges,
  ],
  start: (inspect) => belowAParent(link.provide({ actors: { network: fakeActor(networkContract).logic } }), inspect),
};

const playbackSubject: Subject = {
  name: 'playback',
  machine: playback,
  alphabet: ({ turn }: { turn: number }) => [
    ...(turn < 2 ? [{ type: 'playback.open', turn: turn + 1 }] : []),
    { type: 'playback.latency', roundTripMs: 150 },
    restarting('player'),
    RESTARTED,
    ...ofTurn(turn, (of) => [
      { type: 'playback.abort', turn: of },
      { type: 'playback.pause', turn: of },
      { type: 'playback.resume', turn: of },
      { type: 'player.started', turn: of, ...STARTED },
      { type: 'player.underrun', turn: of },
      { type: 'player.resumed', turn: of, silenceMs: 20 },
      { type: 'player.paused', turn: of, playedMs: 20 },
      { type: 'player.continued', turn: of, pausedMs: 20 },
      { type: 'player.draining', turn: of },
      { type: 'player.drained', turn: of, ...PLAYED },
      { type: 'player.aborted', turn: of, ...PLAYED },
      { type: 'player.failed', turn: of, error: INTERNAL_ERROR },
      { type: 'player.lost', turn: of, device: 'x' },
      { type: 'player.recovered', turn: of, device: 'x' },
      { type: 'player.overflow', turn: of, droppedFrames: 1 },
    ]),
  ],
  key: ({ turn, progress }: { turn: number; progress: string }) => [turn, progress],
  start: (inspect) => belowAParent(playback.provide({ actors: { player: fakeActor(playerContract).logic } }), inspect),
};

const SESSION_INPUT = { session: 's', turnLimitMs: 300_000 };
const sessionSubject: Subject = {
  name: 'session',
  machine: session,
  input: SESSION_INPUT,
  alphabet: ({ turn }: { turn: number }) => [
    { type: 'device.attached', device: 'toy', bufferMs: 600, resumed: false },
    { type: 'device.attached', device: 'toy', bufferMs: 600, resumed: true },
    { type: 'device.detached', code: 1006, reason: '' },
    ...(turn < 2
      ? [false, true].map((offline) => ({
          type: 'device.turn',
          turn: turn + 1,
          id: 'id',
          trigger: 'key',
          startedAtMs: 0,
          offline,
        }))
      : []),
    { type: 'session.close', code: 1001, reason: 'bye' },
    { type: 'session.drain', afterMs: 1, spreadMs: 1 },
    { type: 'session.settings', settings: {} },
    { type: 'session.say', id: 'dinner', text: 'Dinner is ready', priority: 'normal', expiresInMs: 1 },
    { type: 'session.control', action: 'mute' },
    { type: 'session.unsay', id: 'dinner' },
    { type: 'session.reminders', reminders: [] },
    { type: 'actor.crashed', error: INTERNAL_ERROR },
    restarting('responder'),
    ...ofTurn(turn, (of) => [
      { type: 'device.abort', turn: of, reason: 'cancelled' },
      { type: 'device.final', turn: of, frames: 10 },
      { type: 'device.overrun', turn: of, error: INTERNAL_ERROR },
      { type: 'device.stored', turn: of },
      { type: 'device.replied', turn: of, frames: 10 },
      { type: 'device.playback', turn: of, event: 'started', playedMs: 0 },
      { type: 'responder.partial', turn: of, text: 'what' },
      { type: 'responder.hold', turn: of, holdMs: 800 },
      { type: 'responder.end', turn: of, reason: 'no-speech' },
      { type: 'responder.processing', turn: of },
      { type: 'responder.caption', turn: of, text: 'ten', fromMs: 0 },
      { type: 'responder.asks', turn: of },
      { type: 'responder.tool', turn: of, call: { name: 'roll', input: '{}' } },
      { type: 'responder.stage', turn: of, stage: 'transcribed', atMs: 0 },
      { type: 'responder.replying', turn: of },
      { type: 'responder.finished', turn: of },
      { type: 'responder.failed', turn: of, error: INTERNAL_ERROR },
    ]),
  ],
  key: ({ turn, inTurn, offline, complete, stored, reply, isDraining }: Record<string, unknown>) => [
    turn,
    isDraining,
    inTurn,
    offline,
    complete,
    stored,
    reply,
  ],
  start: (inspect) =>
    alone(
      session.provide({
        actors: {
          deviceConnection: fakeActor(deviceConnectionContract).logic,
          responder: fakeActor(responderContract).logic,
        },
      }),
      inspect,
      SESSION_INPUT,
    ),
};

const uploaderSubject: Subject = {
  name: 'uploader',
  machine: uploader,
  alphabet: () => [
    { type: 'conversation.idle' },
    { type: 'conversation.busy' },
    { type: 'link.up', session: 's' },
    { type: 'link.down', error: INTERNAL_ERROR, retryInMs: 1 },
    { type: 'turn.stored', id: 'a' },
    { type: 'turn.stored', id: 'b' },
    { type: 'offline.pending', turns: 0 },
    { type: 'offline.pending', turns: 1 },
    { type: 'offline.delivering', id: 'a' },
    ...['a', 'b'].flatMap((id) =>
      [true, false].map((retryable) => ({ type: 'delivery.failed', id, error: INTERNAL_ERROR, retryable })),
    ),
    { type: 'offline.open', turn: 1, id: 'a', trigger: 'key', startedAtMs: 0 },
    { type: 'offline.close', turn: 1 },
    { type: 'offline.forget', id: 'a' },
    { type: 'offline.reply', turn: 1 },
    { type: 'offline.started', turn: 1 },
    { type: 'offline.replying', turn: 1, text: 'later' },
    { type: 'offline.dropped', id: 'a' },
    { type: 'offline.refused', id: 'a', error: INTERNAL_ERROR },
    { type: 'offline.damaged', id: 'a', damagedBytes: 1, deliverable: true },
    { type: 'offline.failed', error: INTERNAL_ERROR },
    restarting('offline'),
    RESTARTED,
  ],
  key: ({ lineIdle, linkUp, pending, delivering }: Record<string, unknown>) => [lineIdle, linkUp, pending, delivering],
  start: (inspect) =>
    belowAParent(uploader.provide({ actors: { offline: fakeActor(offlineContract).logic } }), inspect),
};

const answerSubject: Subject = {
  name: 'answer',
  machine: answerMachine,
  alphabet: ({ ask }: { ask: number }) => [
    ...(ask < 2 ? ['what', 'what time'] : ['what']).map((text) => ({ type: 'transcription.paused', text })),
    { type: 'transcription.resumed' },
    ...(ask < 3 ? ['', 'what', 'what time'] : ['']).map((text) => ({ type: 'transcription.done', text })),
    { type: 'transcription.passed' },
    { type: 'transcription.failed', error: INTERNAL_ERROR },
    ...[ask, ask + 7].flatMap((of) => [
      { type: 'thinking.begun', ask: of },
      { type: 'thinking.failed', ask: of, error: INTERNAL_ERROR },
    ]),
    { type: 'speech.started' },
    { type: 'speech.sentence' },
    { type: 'speech.done' },
    { type: 'speech.apologized' },
    { type: 'speech.failed', error: INTERNAL_ERROR },
    { type: 'answer.final' },
    { type: 'answer.abort' },
    { type: 'actor.crashed', error: INTERNAL_ERROR },
  ],
  key: ({ ask, draft, isBegun, isTold }: Record<string, unknown>) => [Math.min(Number(ask), 3), draft, isBegun, isTold],
  start: (inspect) =>
    alone(answerMachine.provide({ actors: logicsOf(ANSWER_CHILDREN, fakeActors(ANSWER_CHILDREN)) }), inspect),
};

const provisioningSubject: Subject = {
  name: 'provisioning',
  machine: provisioning,
  alphabet: () => [
    { type: 'provisioning.paired' },
    { type: 'provisioning.visited' },
    { type: 'provisioning.join' },
    { type: 'provisioning.search' },
    { type: 'wifi.online' },
    { type: 'wifi.offline' },
    { type: 'wifi.hosting', address: '10.42.0.1' },
    { type: 'wifi.joined' },
    { type: 'wifi.refused', error: INTERNAL_ERROR },
    { type: 'wifi.failed', error: INTERNAL_ERROR },
    { type: 'link.pairing', code: '123456', expiresAtMs: 1 },
    { type: 'link.down', error: INTERNAL_ERROR, retryInMs: 1 },
    { type: 'link.up', session: 's' },
    restarting('wifi'),
    restarted('wifi'),
  ],
  key: ({ isPaired, address, error, code }: Record<string, unknown>) => [isPaired, address, error !== undefined, code],
  start: (inspect) =>
    alone(
      provisioning.provide({ actors: { wifi: fakeActor(wifiContract).logic, link: fakeActor(linkContract).logic } }),
      inspect,
    ),
};
const supervisor = createSupervisor(captureContract);
const superviseSubject: Subject = {
  name: 'supervise',
  machine: supervisor,
  alphabet: (_context, snapshot) => [
    { type: 'actor.crashed', error: INTERNAL_ERROR },
    // An actor that has stopped can't throw.
    ...(snapshot.matches('running')
      ? [{ type: 'xstate.error.actor.actor', error: new Error('it broke'), actorId: 'actor' }]
      : []),
    ...Object.keys(captureContract.receives).map((type) => ({ type, turn: 1 })),
    ...Object.keys(captureContract.sends).map((type) => ({ type, turn: 1 })),
  ],
  key: ({ crashes }: Record<string, number>) => Math.min(crashes ?? 0, 3),
  start: (inspect) =>
    belowAParent(supervisor.provide({ actors: { actor: fakeActor(captureContract).logic } }), inspect),
};

export const SUBJECTS: readonly Subject[] = [
  conversationSubject,
  listeningSubject,
  linkSubject,
  playbackSubject,
  sessionSubject,
  uploaderSubject,
  answerSubject,
  provisioningSubject,
  superviseSubject,
];

function alone(machine: AnyStateMachine, inspect: (event: InspectionEvent) => void, input?: unknown): Running {
  const clock = new SimulatedClock();
  const actor = createActor(machine, { clock, inspect, input: input as never });
  actor.start();
  return {
    clock,
    snapshot: () => actor.getSnapshot(),
    send: (event) => actor.send(event as never),
    stop: () => void actor.stop(),
  };
}

/** A machine that sends events to its parent needs one. */
function belowAParent(machine: AnyStateMachine, inspect: (event: InspectionEvent) => void): Running {
  const clock = new SimulatedClock();
  const parent = createActor(
    setup({ actors: { child: machine } }).createMachine({ id: 'parent', invoke: { id: 'child', src: 'child' } }),
    { clock, inspect },
  );
  parent.start();
  const child = () => parent.getSnapshot().children.child as AnyActorRef;
  return {
    clock,
    snapshot: () => child().getSnapshot(),
    send: (event) => child().send(event),
    stop: () => void parent.stop(),
  };
}
