/**
 * The conversation: the specification's seven states, from the trigger to the end of the reply.
 *
 *     idle → recording → streaming → processing → receiving → playing → idle, and error from each
 *
 * It starts the actors and machines that do the work, and decides by their events only. Every waiting state has a time limit.
 * An event of another turn is ignored.
 */
import { assign, emit, enqueueActions, setup } from 'xstate';
import {
  type AbortReason,
  type ConversationContract,
  captureContract,
  conversationContract,
  encoderContract,
  linkContract,
  playbackContract,
  type TriggerContract,
  triggerContract,
  uploaderContract,
} from '../src/core/contracts/index.ts';
import type { ErrorInfo } from '../src/core/errors.ts';
import { type ConversationEvent, noteEvent, playbackReport, type ReplyProgress, replyAfter } from './turn-progress.ts';
import type { ConversationState, TurnOutcome, TurnRecord } from './turn-record.ts';
import { type ChildTypes, childSender, emitAll, placeholders, startAll } from './wiring.ts';

export const CONVERSATION_DELAYS_MS = {
  /** From opening the microphone to the first packet sent; a PulseAudio source may take 1.6 s to wake up. */
  microphoneTimeout: 5_000,
  /** Longest utterance. It is ended and sent then. */
  utteranceLimit: 60_000,
  /** From the end of the utterance to the start of the reply. */
  cloudTimeout: 20_000,
  /** How long the link may be down while the cloud should answer. Then a cached reply is played. */
  offlinePatience: 3_000,
  /** From the announcement of the reply to its first sample. The link may be down in between. */
  replyTimeout: 45_000,
  /** Longest reply. The playback machine limits stalls within it. */
  playbackTimeout: 600_000,
  /** How long the error state lasts. */
  errorCooldown: 500,
} as const;

interface ConversationContext {
  /** Number of the current or last turn. */
  turn: number;
  /** There is a current turn, and it has not failed. */
  active: boolean;
  linkUp: boolean;
  /** The first attempt to connect has succeeded or failed. */
  linkKnown: boolean;
  /** There was a link at some time in this turn. */
  linkSeen: boolean;
  roundTripMs: number;
  /** The utterance has ended, perhaps before its first packet was sent. */
  released: boolean;
  reply: ReplyProgress;
  error: ErrorInfo;
  record: TurnRecord | undefined;
}

/** What it notifies the composition root of: each state that is entered, each turn that ends. */
export type ConversationNotification =
  | { type: 'state.entered'; state: ConversationState; turn: number }
  | { type: 'turn.finished'; record: TurnRecord }
  | { type: 'link.changed'; up: true }
  | { type: 'link.changed'; up: false; error: ErrorInfo; retryInMs: number }
  | ConversationContract['sends'];

const NO_ERROR: ErrorInfo = { code: 'internal', message: 'Nothing has gone wrong', hint: '' };
const TIMEOUTS = {
  microphone: {
    code: 'microphone_timeout',
    message: `No sound came from the microphone within ${CONVERSATION_DELAYS_MS.microphoneTimeout / 1_000} s`,
    hint: 'Run earshot devices and choose one with --device.',
  },
  cloud: {
    code: 'cloud_timeout',
    message: `No answer within ${CONVERSATION_DELAYS_MS.cloudTimeout / 1_000} s`,
    hint: 'Look at the log of the gateway.',
  },
  reply: {
    code: 'reply_timeout',
    message: `The reply was announced, but no sound came within ${CONVERSATION_DELAYS_MS.replyTimeout / 1_000} s`,
    hint: 'Look at the log of the gateway.',
  },
  playback: {
    code: 'playback_timeout',
    message: `The reply did not end within ${CONVERSATION_DELAYS_MS.playbackTimeout / 60_000} minutes`,
    hint: 'Look at the log of the gateway.',
  },
} satisfies Record<string, ErrorInfo>;

/** The actors and machines that it starts, in this order, each by its name. */
export const CONVERSATION_CHILDREN = {
  capture: captureContract,
  encoder: encoderContract,
  uploader: uploaderContract,
  playback: playbackContract,
  link: linkContract,
  trigger: triggerContract,
} as const;

const sendToChild = childSender<ChildTypes<typeof CONVERSATION_CHILDREN>>();

type Args = { context: ConversationContext };

/** The person interrupts the reply: playback stops at once, the turn is aborted, and the next turn begins. */
const BARGE_IN = [
  'closeMicrophone',
  'closeStoredTurn',
  'stopPlayback',
  'abortForBargeIn',
  { type: 'conclude', params: { outcome: 'barge-in' } },
  'reportTurn',
  'newTurn',
] as const;

const abortEvent = (reason: AbortReason) => (args: Args) =>
  ({ type: 'turn.abort', turn: args.context.turn, reason }) as const;

export const conversation = setup({
  types: {
    context: {} as ConversationContext,
    events: {} as ConversationEvent,
    emitted: {} as ConversationNotification,
  },
  actors: placeholders(CONVERSATION_CHILDREN),
  delays: CONVERSATION_DELAYS_MS,
  guards: {
    isLinkDown: ({ context }) => !context.linkUp,
    /** Waiting is useless: there was no link when the turn began, and none since. */
    wasNeverLinked: ({ context }) => !context.linkSeen && context.reply === 'none',
    startsOffline: ({ context, event }) =>
      !context.linkUp && event.type === 'offline.started' && event.turn === context.turn,
    isActive: ({ context }) => context.active,
    isThisTurn: ({ context, event }) => context.active && 'turn' in event && event.turn === context.turn,
    capturedNothing: ({ context, event }) =>
      event.type === 'capture.ended' && event.turn === context.turn && event.frames === 0,
    isReleased: ({ context }) => context.released,
    isReplyAnnounced: ({ context }) => context.reply !== 'none',
    isReplyAudible: ({ context }) => context.reply === 'audible' || context.reply === 'played',
    isReplyPlayed: ({ context }) => context.reply === 'played',
    isReplyEmpty: ({ context }) => context.reply === 'empty',
    /** The turn needs this actor. It does not need the uploader's: without it the turn goes on, but is not stored. */
    carriesTurn: ({ context, event }) =>
      context.active &&
      event.type === 'actor.restarting' &&
      ['capture', 'encoder', 'player', 'network'].includes(event.actor),
  },
  actions: {
    newTurn: assign(({ context, event }) => {
      const { id, trigger, startedAtMs } = event as Extract<TriggerContract['sends'], { type: 'talk.pressed' }>;
      const turn = context.turn + 1;
      const { roundTripMs } = context;
      const record: TurnRecord = { turn, id, trigger, startedAtMs, states: ['idle'], roundTripMs };
      return { turn, record, active: true, linkSeen: context.linkUp, released: false, reply: 'none' as const };
    }),
    announceTurn: sendToChild('link', ({ context: { turn, record } }: Args) => ({
      type: 'turn.start',
      turn,
      id: record?.id ?? '',
      trigger: record?.trigger ?? 'key',
      startedAtMs: record?.startedAtMs ?? 0,
    })),
    storeTurn: sendToChild('uploader', ({ context: { turn, record } }: Args) => ({
      type: 'offline.open',
      turn,
      id: record?.id ?? '',
      trigger: record?.trigger ?? 'key',
      startedAtMs: record?.startedAtMs ?? 0,
    })),
    closeStoredTurn: sendToChild('uploader', ({ context }: Args) => ({ type: 'offline.close', turn: context.turn })),
    deleteStoredTurn: sendToChild('uploader', ({ context }: Args) => ({
      type: 'offline.forget',
      id: context.record?.id ?? '',
    })),
    notifyBusy: sendToChild('uploader', { type: 'conversation.busy' }),
    notifyIdle: sendToChild('uploader', { type: 'conversation.idle' }),
    answerOffline: sendToChild('uploader', ({ context }: Args) => ({ type: 'offline.reply', turn: context.turn })),
    markOffline: assign(({ context }) => ({ record: context.record && { ...context.record, offline: true } })),
    openPlayback: sendToChild('playback', ({ context }: Args) => ({ type: 'playback.open', turn: context.turn })),
    openMicrophone: sendToChild('capture', ({ context }: Args) => ({ type: 'capture.start', turn: context.turn })),
    endUtterance: sendToChild('capture', ({ context }: Args) => ({ type: 'capture.stop', turn: context.turn })),
    closeMicrophone: sendToChild('capture', ({ context }: Args) => ({ type: 'capture.abort', turn: context.turn })),
    dropPacket: sendToChild('encoder', ({ context }: Args) => ({ type: 'encoder.abort', turn: context.turn })),
    stopPlayback: sendToChild('playback', ({ context }: Args) => ({ type: 'playback.abort', turn: context.turn })),
    abortForBargeIn: sendToChild('link', abortEvent('barge-in')),
    abortForCancel: sendToChild('link', abortEvent('cancelled')),
    abortForError: sendToChild('link', abortEvent('error')),
    withdrawTurn: sendToChild('link', abortEvent('offline')),
    reportPlayback: sendToChild('link', ({ context, event }: Args & { event: ConversationEvent }) =>
      playbackReport(context, event),
    ),
    offerTurn: enqueueActions(({ context, enqueue }) => {
      if (context.linkKnown) enqueue(sendToChild('trigger', { type: 'trigger.ready' }));
    }),
    noteLink: enqueueActions(({ context, event, enqueue }) => {
      if (event.type === 'link.up' || event.type === 'link.down') enqueue(sendToChild('uploader', event));
      if (event.type === 'link.up') enqueue.emit({ type: 'link.changed', up: true });
      if (event.type === 'link.down') {
        enqueue.emit({ type: 'link.changed', up: false, error: event.error, retryInMs: event.retryInMs });
      }
      const linkUp = event.type === 'link.up';
      enqueue.assign({ linkUp, linkKnown: true, linkSeen: context.linkSeen || linkUp });
    }),
    markReleased: assign({ released: true }),
    markReply: assign(({ context, event }) => ({ reply: replyAfter(context.reply, event) })),
    note: assign(({ context, event }) => ({ record: noteEvent(context.record, event) })),
    rememberError: assign(({ event }) => ('error' in event ? { error: event.error } : {})),
    rememberTimeout: assign((_, { error }: { error: ErrorInfo }) => ({ error })),
    enter: enqueueActions(({ context, enqueue }, { state }: { state: ConversationState }) => {
      const { record, turn } = context;
      if (record) enqueue.assign({ record: { ...record, states: [...record.states, state] } });
      enqueue.emit({ type: 'state.entered', state, turn });
    }),
    conclude: assign(({ context }, { outcome }: { outcome: TurnOutcome }) => ({
      active: false,
      record: context.record && {
        ...context.record,
        roundTripMs: context.roundTripMs,
        outcome,
        ...(outcome === 'failed' ? { error: context.error } : {}),
      },
    })),
    reportTurn: enqueueActions(({ context, enqueue }) => {
      if (!context.record) return;
      enqueue.emit({ type: 'turn.finished', record: context.record });
      enqueue.assign({ record: undefined });
    }),
  },
}).createMachine({
  id: 'conversation',
  context: {
    turn: 0,
    active: false,
    linkUp: false,
    linkKnown: false,
    linkSeen: false,
    roundTripMs: 0,
    released: false,
    reply: 'none',
    error: NO_ERROR,
    record: undefined,
  },
  invoke: startAll(CONVERSATION_CHILDREN),
  initial: 'idle',
  on: {
    ...emitAll(conversationContract.sends),
    'link.up': { actions: 'noteLink' },
    'link.down': { actions: 'noteLink' },
    'link.roundTrip': {
      actions: [
        assign({ roundTripMs: ({ event }) => event.roundTripMs }),
        sendToChild('playback', ({ event }) => ({ type: 'playback.latency', roundTripMs: event.roundTripMs })),
      ],
    },
    ...sendToChild.relay('link', ['turn.latencies', 'device.metrics']),
    'conversation.close': { actions: sendToChild('link', { type: 'link.close' }) },

    'talk.cancelled': {
      guard: 'isActive',
      target: '.idle',
      actions: [
        'closeMicrophone',
        'dropPacket',
        'stopPlayback',
        'abortForCancel',
        'deleteStoredTurn',
        { type: 'conclude', params: { outcome: 'cancelled' } },
      ],
    },
    'capture.failed': { guard: 'isThisTurn', target: '.error', actions: 'rememberError' },
    'encoder.failed': { guard: 'isThisTurn', target: '.error', actions: 'rememberError' },
    'playback.failed': { guard: 'isThisTurn', target: '.error', actions: 'rememberError' },
    'turn.refused': { guard: 'isThisTurn', target: '.error', actions: 'rememberError' },
    'actor.restarting': [
      { guard: 'carriesTurn', target: '.error', actions: ['rememberError', emit(({ event }) => event)] },
      { actions: emit(({ event }) => event) },
    ],

    'turn.stored': { actions: [sendToChild('uploader', ({ event }) => event), emit(({ event }) => event)] },
    'delivery.failed': { actions: sendToChild('uploader', ({ event }) => event) },
    'offline.replying': { guard: 'isThisTurn', actions: ['note', 'markReply'] },

    'encoder.finished': { guard: 'isThisTurn', actions: 'note' },
    'uplink.finished': { guard: 'isThisTurn', actions: 'note' },
    'turn.processing': { guard: 'isThisTurn', actions: 'note' },
    'turn.done': { guard: 'isThisTurn', actions: 'note' },
    'reply.started': { guard: 'isThisTurn', actions: ['note', 'markReply'] },
    'playback.started': { guard: 'isThisTurn', actions: ['note', 'markReply', 'reportPlayback'] },
    'playback.underrun': { guard: 'isThisTurn', actions: 'reportPlayback' },
    'playback.drained': { guard: 'isThisTurn', actions: ['note', 'markReply', 'reportPlayback'] },
    /** Comes after the turn has ended: how much of the reply was played. */
    'playback.aborted': { actions: 'reportPlayback' },
  },
  states: {
    idle: {
      entry: [{ type: 'enter', params: { state: 'idle' } }, 'reportTurn', 'notifyIdle', 'offerTurn'],
      on: {
        /** Now it is known whether there is a link. */
        'link.up': { actions: ['noteLink', 'offerTurn'] },
        'link.down': { actions: ['noteLink', 'offerTurn'] },
        'talk.pressed': { target: 'recording', actions: 'newTurn' },
      },
    },
    recording: {
      entry: [
        { type: 'enter', params: { state: 'recording' } },
        'notifyBusy',
        'storeTurn',
        'announceTurn',
        'openPlayback',
        'openMicrophone',
      ],
      after: {
        microphoneTimeout: {
          target: 'error',
          actions: { type: 'rememberTimeout', params: { error: TIMEOUTS.microphone } },
        },
      },
      on: {
        'talk.released': { actions: ['markReleased', 'endUtterance'] },
        /** A trigger without a release (a key of a terminal, a signal) is pressed a second time. */
        'talk.pressed': { actions: ['markReleased', 'endUtterance'] },
        'capture.ended': [
          {
            guard: 'capturedNothing',
            target: 'idle',
            actions: [
              'stopPlayback',
              'abortForCancel',
              'deleteStoredTurn',
              { type: 'conclude', params: { outcome: 'nothing-heard' } },
            ],
          },
          { guard: 'isThisTurn', actions: ['note', 'markReleased'] },
        ],
        'uplink.started': { guard: 'isThisTurn', target: 'streaming', actions: 'note' },
        'offline.started': { guard: 'startsOffline', target: 'streaming' },
      },
    },
    streaming: {
      entry: { type: 'enter', params: { state: 'streaming' } },
      always: { guard: 'isReleased', target: 'processing' },
      after: { utteranceLimit: { target: 'processing', actions: 'endUtterance' } },
      on: {
        'talk.released': { target: 'processing', actions: 'endUtterance' },
        'talk.pressed': { target: 'processing', actions: 'endUtterance' },
        'capture.ended': { guard: 'isThisTurn', target: 'processing', actions: 'note' },
      },
    },
    processing: {
      entry: { type: 'enter', params: { state: 'processing' } },
      always: { guard: 'isReplyAnnounced', target: 'receiving' },
      initial: 'asking',
      states: {
        asking: {
          always: [
            { guard: 'wasNeverLinked', target: 'offline' },
            { guard: 'isLinkDown', target: 'cutOff' },
          ],
        },
        /** The link may come back, then the turn goes on. */
        cutOff: {
          after: { offlinePatience: 'offline' },
          on: { 'link.up': { target: 'asking', actions: 'noteLink' } },
        },
        /** The turn is stored for later delivery (its last packet may not be written yet). A cached reply is played. */
        offline: { entry: ['withdrawTurn', 'markOffline', 'answerOffline'] },
      },
      after: {
        cloudTimeout: { target: 'error', actions: { type: 'rememberTimeout', params: { error: TIMEOUTS.cloud } } },
      },
      on: {
        'capture.ended': { guard: 'isThisTurn', actions: 'note' },
        'talk.pressed': { target: 'recording', actions: BARGE_IN },
        'turn.done': {
          guard: 'isThisTurn',
          target: 'idle',
          actions: ['note', 'stopPlayback', { type: 'conclude', params: { outcome: 'unanswered' } }],
        },
      },
    },
    receiving: {
      entry: { type: 'enter', params: { state: 'receiving' } },
      always: [
        { guard: 'isReplyAudible', target: 'playing' },
        { guard: 'isReplyEmpty', target: 'idle', actions: { type: 'conclude', params: { outcome: 'done' } } },
      ],
      after: {
        replyTimeout: { target: 'error', actions: { type: 'rememberTimeout', params: { error: TIMEOUTS.reply } } },
      },
      on: {
        'capture.ended': { guard: 'isThisTurn', actions: 'note' },
        'talk.pressed': { target: 'recording', actions: BARGE_IN },
      },
    },
    playing: {
      entry: { type: 'enter', params: { state: 'playing' } },
      always: { guard: 'isReplyPlayed', target: 'idle', actions: { type: 'conclude', params: { outcome: 'done' } } },
      after: {
        playbackTimeout: {
          target: 'error',
          actions: { type: 'rememberTimeout', params: { error: TIMEOUTS.playback } },
        },
      },
      on: {
        'capture.ended': { guard: 'isThisTurn', actions: 'note' },
        'talk.pressed': { target: 'recording', actions: BARGE_IN },
      },
    },
    error: {
      entry: [
        { type: 'conclude', params: { outcome: 'failed' } },
        { type: 'enter', params: { state: 'error' } },
        'closeMicrophone',
        'dropPacket',
        'stopPlayback',
        'closeStoredTurn',
        'abortForError',
      ],
      after: { errorCooldown: 'idle' },
    },
  },
});
