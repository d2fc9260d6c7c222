/**
 * The parts of the conversation machine: its children, guards and actions. The states are in conversation.ts.
 */
import { assign, enqueueActions, setup } from 'xstate';
import {
  type AbortReason,
  type ActorName,
  type AnnouncementsContract,
  announcementsContract,
  captureContract,
  encoderContract,
  linkContract,
  listeningContract,
  type OfferedAnnouncement,
  playbackContract,
  type RemindersContract,
  remindersContract,
  type TriggerContract,
  triggerContract,
  uploaderContract,
} from '../src/core/contracts/index.ts';
import type { ErrorInfo } from '../src/core/errors.ts';
import { isHandsFree } from '../src/protocol/listening.ts';
import {
  CONVERSATION_DELAYS_MS,
  type ConversationContext,
  type ConversationNotification,
  MAX_RETAINED_ANNOUNCEMENTS,
  type Retained,
} from './conversation-context.ts';
import { type ConversationEvent, noteEvent, playbackReport, replyAfter } from './turn-progress.ts';
import type { ConversationState, TurnOutcome, TurnRecord } from './turn-record.ts';
import { type ChildTypes, childSender, placeholders } from './wiring.ts';

/** The actors and machines that it starts, in this order, each by its name. */
export const CONVERSATION_CHILDREN = {
  capture: captureContract,
  encoder: encoderContract,
  uploader: uploaderContract,
  playback: playbackContract,
  link: linkContract,
  announcements: announcementsContract,
  reminders: remindersContract,
  listening: listeningContract,
  trigger: triggerContract,
} as const;

export type ConversationChildren = ChildTypes<typeof CONVERSATION_CHILDREN>;

const sendToChild = childSender<ConversationChildren>();

type Args = { context: ConversationContext };

/** Without one of these a turn cannot go on; a reminder needs no gateway to ring. */
const TURN_ACTORS: ActorName[] = ['capture', 'encoder', 'player', 'network'];
const RING_ACTORS: ActorName[] = ['reminders', 'player'];

/** What begins a turn: a person, the gateway, a reminder. */
type TurnBeginning =
  | Extract<TriggerContract['sends'], { type: 'talk.pressed' }>
  | Extract<AnnouncementsContract['sends'], { type: 'announcement.due' }>
  | Extract<RemindersContract['sends'], { type: 'reminder.due' }>;

function startOf(event: TurnBeginning) {
  const { id, trigger, startedAtMs, patience, wake } = event;
  const start = { id, trigger, startedAtMs, ...(patience && { patience }), ...(wake && { wake }) };
  if (event.type === 'announcement.due') return { ...start, announcement: event.announcement };
  if (event.type === 'talk.pressed') return start;
  const { reminder, lateMs, text } = event;
  return { ...start, reminder: { id: reminder, lateMs }, replyText: text };
}

function without({ announcements }: Retained, id: string): OfferedAnnouncement[] {
  return announcements.filter((each) => each.id !== id);
}

function retainedAfter(retained: Retained, event: ConversationEvent): Retained {
  switch (event.type) {
    case 'settings.changed':
      return { ...retained, settings: event.settings };
    case 'say.offered':
      return { ...retained, announcements: [...without(retained, event.id), event].slice(-MAX_RETAINED_ANNOUNCEMENTS) };
    case 'say.declined':
      return { ...retained, announcements: without(retained, event.id) };
    case 'reminders.listed':
      return { ...retained, reminders: event };
    default:
      return retained;
  }
}

const abortEvent = (reason: AbortReason) => (args: Args) =>
  ({ type: 'turn.abort', turn: args.context.turn, reason }) as const;

export const conversationSetup = setup({
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
    isLinkUp: ({ context }) => context.linkUp,
    isRinging: ({ context }) => context.ringing !== '',
    /** A reply may be interrupted for it; the ring of another reminder may not. */
    isNotRinging: ({ context }) => context.ringing === '',
    /** The gateway has nothing to say any more: the announcement was taken back, or made already. */
    isUnanswered: ({ context, event }) =>
      context.active && context.reply === 'none' && 'turn' in event && event.turn === context.turn,
    /** Speech does not end the utterance that it begins; a press of a key does, where a key has no release. */
    isPressedAgain: ({ event }) => event.type === 'talk.pressed' && !isHandsFree(event.trigger),
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
      (context.ringing === '' ? TURN_ACTORS : RING_ACTORS).includes(event.actor),
  },
  actions: {
    newTurn: assign(({ context, event }) => {
      const turn = context.turn + 1;
      const { roundTripMs, linkUp } = context;
      const record: TurnRecord = { turn, ...startOf(event as TurnBeginning), states: ['idle'], roundTripMs };
      const ringing = record.reminder?.id ?? '';
      return { turn, record, ringing, active: true, linkSeen: linkUp, released: false, reply: 'none' as const };
    }),
    announceTurn: sendToChild('link', ({ context: { turn, record } }: Args) => ({
      type: 'turn.start',
      turn,
      id: record?.id ?? '',
      trigger: record?.trigger ?? 'key',
      startedAtMs: record?.startedAtMs ?? 0,
      ...(record?.announcement !== undefined && { announcement: record.announcement }),
      ...(record?.patience && { patience: record.patience }),
      ...(record?.wake && { wake: record.wake }),
    })),
    takeAnnouncement: enqueueActions(({ context: { record, retained }, enqueue }) => {
      const announcement = record?.announcement ?? '';
      enqueue(sendToChild('announcements', { type: 'announcement.begun', announcement }));
      enqueue.assign({ retained: { ...retained, announcements: without(retained, announcement) } });
    }),
    retain: assign(({ context: { retained }, event }) => ({ retained: retainedAfter(retained, event) })),
    /** The actor was restarted and has lost this. */
    resendRetained: enqueueActions(({ context: { retained }, event, enqueue }) => {
      if (event.type !== 'actor.restarted') return;
      const { settings, announcements, ringEnd, reminders } = retained;
      if (event.actor === 'announcements') {
        if (settings) enqueue(sendToChild('announcements', { type: 'settings.changed', settings }));
        for (const each of announcements) enqueue(sendToChild('announcements', { ...each, type: 'say.offered' }));
      }
      if (event.actor === 'reminders') {
        if (ringEnd) enqueue(sendToChild('reminders', { ...ringEnd, type: 'ring.end' }));
        if (reminders) enqueue(sendToChild('reminders', { ...reminders, type: 'reminders.listed' }));
      }
    }),
    beginRing: sendToChild('reminders', ({ context: { turn, ringing } }: Args) => ({
      type: 'ring.begin',
      turn,
      reminder: ringing,
    })),
    /** Whichever way the turn ended. */
    endRing: enqueueActions(
      ({ context: { turn, ringing, reply, retained }, enqueue }, { failed }: { failed: boolean }) => {
        if (ringing === '') return;
        const outcome = failed || reply === 'empty' ? 'failed' : reply === 'played' ? 'unanswered' : 'stopped';
        enqueue(sendToChild('reminders', { type: 'ring.end', turn, outcome }));
        enqueue.assign({ ringing: '', retained: { ...retained, ringEnd: { turn, outcome } } });
      },
    ),
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
    /** In a pause the gateway decides by the newest sound whether the person goes on: it does not wait for full packets. */
    hasten: sendToChild('encoder', ({ event }: { event: ConversationEvent }) => ({
      type: 'encoder.hasten',
      turn: 'turn' in event ? event.turn : 0,
      forMs: 'holdMs' in event ? event.holdMs : 0,
    })),
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
      const replied = state === 'idle' && context.reply === 'played' && context.ringing === '';
      const asks = replied && record?.asks === true;
      enqueue.emit({ type: 'state.entered', state, turn });
      if (asks) enqueue.emit({ type: 'answer.awaited', turn });
      enqueue(sendToChild('listening', { type: 'conversation.entered', state, turn, replied, ...(asks && { asks }) }));
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
});
