/**
 * The conversation: the specification's seven states, from the trigger to the end of the reply.
 *
 *     idle → recording → streaming → processing → receiving → playing → idle, and error from each
 *
 * It starts the actors and machines that do the work, and decides by their events only (conversation-setup.ts). Every waiting state has a time limit.
 * An event of another turn is ignored.
 */
import { assign, emit } from 'xstate';
import { conversationContract } from '../src/core/contracts/index.ts';
import { INITIAL_CONTEXT, TIMEOUTS } from './conversation-context.ts';
import { CONVERSATION_CHILDREN, type ConversationChildren, conversationSetup } from './conversation-setup.ts';
import { childSender, emitAll, startAll } from './wiring.ts';

const sendToChild = childSender<ConversationChildren>();

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

/** A reminder rings: the turn exists on the device only. */
const RING = ['newTurn', 'notifyBusy', 'openPlayback', 'beginRing'] as const;
/** A press stops a reminder, and begins no turn. */
const STOP_RING = {
  guard: 'isRinging',
  target: 'idle',
  actions: ['stopPlayback', { type: 'conclude', params: { outcome: 'done' } }],
} as const;
/** It interrupts a reply: a timer that waits for the end of a long one would be late. */
const RING_IN_REPLY = {
  guard: 'isNotRinging',
  target: 'receiving',
  reenter: true,
  actions: [
    'stopPlayback',
    'abortForBargeIn',
    { type: 'conclude', params: { outcome: 'barge-in' } },
    'reportTurn',
    ...RING,
  ],
} as const;

export const conversation = conversationSetup.createMachine({
  id: 'conversation',
  context: INITIAL_CONTEXT,
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
    ...sendToChild.relay('link', ['turn.latencies', 'device.metrics', 'device.mute']),
    ...sendToChild.relay('listening', ['listening.configure', 'listening.mute', 'listen.end']),
    'listen.hold': { actions: [sendToChild('listening', ({ event }) => event), 'hasten'] },
    'reply.pause': {
      actions: sendToChild('playback', ({ event }) => ({ type: 'playback.pause', turn: event.turn })),
    },
    'reply.resume': {
      actions: sendToChild('playback', ({ event }) => ({ type: 'playback.resume', turn: event.turn })),
    },
    'say.offered': { actions: ['retain', sendToChild('announcements', ({ event }) => event)] },
    'reminders.listed': { actions: ['retain', sendToChild('reminders', ({ event }) => event)] },
    'settings.changed': {
      actions: ['retain', sendToChild('announcements', ({ event }) => event), emit(({ event }) => event)],
    },
    'say.declined': { actions: ['retain', sendToChild('link', ({ event }) => event), emit(({ event }) => event)] },
    'reminder.rang': { actions: [sendToChild('link', ({ event }) => event), emit(({ event }) => event)] },
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
    'actor.restarted': { actions: ['resendRetained', emit(({ event }) => event)] },

    'turn.stored': { actions: [sendToChild('uploader', ({ event }) => event), emit(({ event }) => event)] },
    'delivery.failed': { actions: sendToChild('uploader', ({ event }) => event) },
    'offline.replying': { guard: 'isThisTurn', actions: ['note', 'markReply'] },

    'encoder.finished': { guard: 'isThisTurn', actions: 'note' },
    'uplink.finished': { guard: 'isThisTurn', actions: 'note' },
    'turn.partial': { guard: 'isThisTurn', actions: emit(({ event }) => event) },
    'turn.processing': { guard: 'isThisTurn', actions: ['note', emit(({ event }) => event)] },
    'turn.done': { guard: 'isThisTurn', actions: 'note' },
    'reply.started': { guard: 'isThisTurn', actions: ['note', 'markReply'] },
    'reply.text': { guard: 'isThisTurn', actions: ['note', emit(({ event }) => event)] },
    'playback.started': { guard: 'isThisTurn', actions: ['note', 'markReply', 'reportPlayback'] },
    'playback.underrun': { guard: 'isThisTurn', actions: 'reportPlayback' },
    'playback.drained': { guard: 'isThisTurn', actions: ['note', 'markReply', 'reportPlayback'] },
    /** Comes after the turn has ended: how much of the reply was played. */
    'playback.aborted': { actions: 'reportPlayback' },
  },
  states: {
    idle: {
      entry: [
        { type: 'enter', params: { state: 'idle' } },
        { type: 'endRing', params: { failed: false } },
        'reportTurn',
        'notifyIdle',
        'offerTurn',
      ],
      on: {
        /** Now it is known whether there is a link. */
        'link.up': { actions: ['noteLink', 'offerTurn'] },
        'link.down': { actions: ['noteLink', 'offerTurn'] },
        'talk.pressed': { target: 'recording', actions: 'newTurn' },
        'announcement.due': {
          guard: 'isLinkUp',
          target: 'receiving',
          actions: ['newTurn', 'takeAnnouncement', 'notifyBusy', 'announceTurn', 'openPlayback'],
        },
        'reminder.due': { target: 'receiving', actions: RING },
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
        'talk.pressed': { guard: 'isPressedAgain', actions: ['markReleased', 'endUtterance'] },
        'capture.ended': [
          {
            guard: 'capturedNothing',
            target: 'idle',
            actions: [
              'stopPlayback',
              'abortForCancel',
              'deleteStoredTurn',
              { type: 'conclude', params: { outcome: 'no-audio' } },
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
        'talk.pressed': { guard: 'isPressedAgain', target: 'processing', actions: 'endUtterance' },
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
        'talk.pressed': [STOP_RING, { target: 'recording', actions: BARGE_IN }],
        'reminder.due': RING_IN_REPLY,
        'turn.done': {
          guard: 'isUnanswered',
          target: 'idle',
          actions: ['note', 'stopPlayback', { type: 'conclude', params: { outcome: 'unanswered' } }],
        },
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
        'talk.pressed': [STOP_RING, { target: 'recording', actions: BARGE_IN }],
        'reminder.due': RING_IN_REPLY,
      },
    },
    error: {
      entry: [
        { type: 'conclude', params: { outcome: 'failed' } },
        { type: 'endRing', params: { failed: true } },
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
