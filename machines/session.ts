/**
 * The gateway's session of one device: its connection, which may be lost and resumed, and one turn after another, each
 * received, processed and answered.
 *
 * As on the device, machines see events only: the packets of the turn go from the device connection to the responder,
 * and those of the reply from the responder to the device connection, without passing this machine.
 */
import { assign, enqueueActions, setup } from 'xstate';
import {
  type DeviceConnectionContract,
  deviceConnectionContract,
  type ResponderContract,
  responderContract,
  type SessionContract,
} from '../src/core/contracts/index.ts';
import type { ErrorInfo } from '../src/core/errors.ts';
import { CLOSE_GOING_AWAY, CLOSE_INTERNAL_ERROR } from '../src/protocol/control.ts';
import { childSender, placeholder } from './wiring.ts';

export const SESSION_DELAYS_MS = {
  /** From the start of the session to its first connection, which exists already. */
  attachTimeout: 10_000,
  /** How long a device may be disconnected, in the middle of a turn and between turns, before its session ends. */
  resumeInTurn: 120_000,
  resumeBetweenTurns: 10_000,
  /** From the end of the utterance to the beginning of the reply; shorter than the device's time-out of 20 s. */
  processingLimit: 15_000,
  replyLimit: 600_000,
  /** From the end of an offline turn until it is recorded. */
  keepingLimit: 30_000,
  /** How long the other end may take to answer a close. */
  closeTimeout: 2_000,
} as const;

/** The longest delay of a timer; used for an unlimited turn. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface SessionInput {
  session: string;
  /** Longest utterance that is accepted, disconnected time included. Infinity: no limit. */
  turnLimitMs: number;
}

interface SessionContext extends SessionInput {
  device: string;
  turn: number;
  turnId: string;
  inTurn: boolean;
  /** Recorded without a connection: needs no reply. */
  offline: boolean;
  /** The utterance is complete. */
  heard: boolean;
  stored: boolean;
  reply: 'none' | 'begun' | 'sent';
  error: ErrorInfo;
  /** Whether the failed turn may be sent again. */
  retryable: boolean;
  close: { code: number; reason: string };
}

export type SessionEvent = SessionContract['receives'];

export type TurnEnding = 'done' | 'aborted' | 'failed';
/** The notifications of a session. Ids are UUIDs; `device` is the device's name. */
export type SessionNotification =
  | { type: 'session.opened'; session: string; device: string }
  | { type: 'session.resumed'; session: string; device: string; turnId: string }
  | { type: 'turn.ended'; session: string; turn: number; turnId: string; outcome: TurnEnding }
  | { type: 'session.closed'; session: string; device: string; code: number; reason: string };

const turnTooLong = (limitMs: number): ErrorInfo => ({
  code: 'turn_refused',
  message: `The turn is longer than ${limitMs / 1_000} s`,
  hint: 'Make turns shorter.',
});
const NO_ANSWER: ErrorInfo = {
  code: 'cloud_timeout',
  message: `The responder did not answer within ${SESSION_DELAYS_MS.processingLimit / 1_000} s`,
  hint: 'Try again.',
};
const NO_END: ErrorInfo = {
  code: 'reply_timeout',
  message: `The reply did not end within ${SESSION_DELAYS_MS.replyLimit / 60_000} minutes`,
  hint: 'Try again.',
};
const NOT_KEPT: ErrorInfo = {
  code: 'turn_refused',
  message: `The turn could not be recorded within ${SESSION_DELAYS_MS.keepingLimit / 1_000} s`,
  hint: 'It stays on the device and is delivered again.',
};

const sendToChild = childSender<{ deviceConnection: DeviceConnectionContract; responder: ResponderContract }>();
type Args = { context: SessionContext };

/** Abandons a turn: nothing more is answered or sent. */
const ABORT = ['abortResponse', 'flush', { type: 'tellTurn', params: { outcome: 'aborted' } }] as const;
const FAIL = ['refuse', 'abortResponse', 'flush', { type: 'tellTurn', params: { outcome: 'failed' } }] as const;
const FINISH = ['announceDone', { type: 'tellTurn', params: { outcome: 'done' } }] as const;

export const session = setup({
  types: {
    context: {} as SessionContext,
    events: {} as SessionEvent,
    emitted: {} as SessionNotification,
    input: {} as SessionInput,
  },
  actors: { deviceConnection: placeholder(deviceConnectionContract), responder: placeholder(responderContract) },
  delays: {
    ...SESSION_DELAYS_MS,
    turnLimit: ({ context }) => Math.min(context.turnLimitMs, LONGEST_TIMER_MS),
    resumeWindow: ({ context }) =>
      context.inTurn ? SESSION_DELAYS_MS.resumeInTurn : SESSION_DELAYS_MS.resumeBetweenTurns,
  },
  guards: {
    isThisTurn: ({ context, event }) => 'turn' in event && event.turn === context.turn,
    wantsReply: ({ context }) => !context.offline,
    isHeard: ({ context }) => context.heard,
    isStored: ({ context }) => context.stored,
    isReplyBegun: ({ context }) => context.reply !== 'none',
    isReplySent: ({ context }) => context.reply === 'sent',
    isFreshStart: ({ event }) => event.type === 'device.attached' && !event.resumed,
  },
  actions: {
    welcome: sendToChild('deviceConnection', ({ context, event }: Args & { event: SessionEvent }) => ({
      type: 'device.welcome',
      session: context.session,
      resumed: event.type === 'device.attached' && event.resumed,
    })),
    noteDevice: assign(({ event }) => (event.type === 'device.attached' ? { device: event.device } : {})),
    newTurn: assign(({ event }) =>
      event.type === 'device.turn'
        ? {
            turn: event.turn,
            turnId: event.id,
            offline: event.offline,
            heard: false,
            stored: false,
            reply: 'none' as const,
          }
        : {},
    ),
    beginResponse: enqueueActions(({ context, enqueue }) => {
      if (context.offline) return;
      enqueue(sendToChild('responder', { type: 'responder.begin', turn: context.turn, id: context.turnId }));
    }),
    abortResponse: sendToChild('responder', ({ context }: Args) => ({ type: 'responder.abort', turn: context.turn })),
    flush: sendToChild('deviceConnection', ({ context }: Args) => ({ type: 'device.flush', turn: context.turn })),
    announceDone: sendToChild('deviceConnection', ({ context }: Args) => ({
      type: 'device.done',
      turn: context.turn,
      id: context.turnId,
    })),
    refuse: sendToChild('deviceConnection', ({ context }: Args) => ({
      type: 'device.refuse',
      turn: context.turn,
      error: context.error,
      retryable: context.retryable,
    })),
    rememberError: assign(({ event }) =>
      'error' in event ? { error: event.error, retryable: event.type !== 'device.overrun' } : {},
    ),
    rememberLimit: assign((_, { error }: { error: ErrorInfo }) => ({ error, retryable: true })),
    rememberLongTurn: assign(({ context }) => ({ error: turnTooLong(context.turnLimitMs), retryable: true })),
    close: sendToChild('deviceConnection', ({ context }: Args) => ({ type: 'device.close', ...context.close })),
    tellTurn: enqueueActions(({ context, enqueue }, { outcome }: { outcome: TurnEnding }) => {
      const { session, turn, turnId } = context;
      enqueue.emit({ type: 'turn.ended', session, turn, turnId, outcome });
    }),
    /** The session ends in the middle of a turn. */
    tellUnfinished: enqueueActions(({ context: { session, turn, turnId, inTurn }, enqueue }) => {
      if (!inTurn) return;
      enqueue.assign({ inTurn: false });
      enqueue.emit({ type: 'turn.ended', session, turn, turnId, outcome: 'failed' });
    }),
    tellOpened: enqueueActions(({ context: { session, device }, enqueue }) => {
      enqueue.emit({ type: 'session.opened', session, device });
    }),
    tellResumed: enqueueActions(({ context: { session, device, turnId }, enqueue }) => {
      enqueue.emit({ type: 'session.resumed', session, device, turnId });
    }),
    tellClosed: enqueueActions(({ context: { session, device, close }, enqueue }) => {
      enqueue.emit({ type: 'session.closed', session, device, ...close });
    }),
  },
}).createMachine({
  id: 'session',
  context: ({ input }) => ({
    ...input,
    device: '',
    turn: 0,
    turnId: '',
    inTurn: false,
    offline: false,
    heard: false,
    stored: false,
    reply: 'none',
    error: NO_ANSWER,
    retryable: true,
    close: { code: CLOSE_GOING_AWAY, reason: '' },
  }),
  invoke: [
    { id: 'deviceConnection', src: 'deviceConnection' },
    { id: 'responder', src: 'responder' },
  ],
  initial: 'open',
  on: {
    'session.close': {
      target: '.closing',
      actions: assign({ close: ({ event: { code, reason } }) => ({ code, reason }) }),
    },
    'session.settings': {
      actions: sendToChild('deviceConnection', ({ event }) => ({ ...event, type: 'device.settings' })),
    },
    /** There is no connection to close. */
    'actor.crashed': {
      target: '.closed',
      actions: assign({ close: { code: CLOSE_INTERNAL_ERROR, reason: 'internal error' } }),
    },
  },
  states: {
    open: {
      type: 'parallel',
      states: {
        connection: {
          initial: 'expected',
          states: {
            expected: {
              after: { attachTimeout: '#session.closed' },
              on: { 'device.attached': { target: 'attached', actions: ['noteDevice', 'welcome', 'tellOpened'] } },
            },
            attached: {
              on: {
                /** The device has reconnected before the loss of its old connection was detected. */
                'device.attached': { actions: ['noteDevice', 'welcome', 'tellResumed'] },
                'device.detached': {
                  target: 'detached',
                  actions: assign({ close: ({ event: { code, reason } }) => ({ code, reason }) }),
                },
              },
            },
            detached: {
              after: { resumeWindow: '#session.closed' },
              on: { 'device.attached': { target: 'attached', actions: ['noteDevice', 'welcome', 'tellResumed'] } },
            },
          },
        },
        conversation: {
          initial: 'waiting',
          states: {
            waiting: {
              entry: assign({ inTurn: false }),
              on: { 'device.turn': { target: 'turn', actions: 'newTurn' } },
            },
            turn: {
              entry: [assign({ inTurn: true }), 'beginResponse'],
              initial: 'listening',
              on: {
                /**
                 * The device connection has already replaced the old turn by the new one: there is nothing to discard.
                 */
                'device.turn': {
                  target: 'turn',
                  reenter: true,
                  actions: ['abortResponse', { type: 'tellTurn', params: { outcome: 'aborted' } }, 'newTurn'],
                },
                'device.abort': { guard: 'isThisTurn', target: 'waiting', actions: ABORT },
                /** A device that does not have the turn any more. */
                'device.attached': { guard: 'isFreshStart', target: 'waiting', actions: ABORT },
                'responder.processing': {
                  guard: 'isThisTurn',
                  actions: sendToChild('deviceConnection', ({ event }) => ({ ...event, type: 'device.processing' })),
                },
                'responder.replying': {
                  guard: 'isThisTurn',
                  actions: [
                    assign({ reply: 'begun' }),
                    sendToChild('deviceConnection', ({ event }) => ({ ...event, type: 'device.reply' })),
                  ],
                },
                'responder.failed': { guard: 'isThisTurn', target: 'waiting', actions: ['rememberError', ...FAIL] },
                /** Sent again, it would exceed the limit again. */
                'device.overrun': { guard: 'isThisTurn', target: 'waiting', actions: ['rememberError', ...FAIL] },
                'actor.restarting': { target: 'waiting', actions: ['rememberError', ...FAIL] },
                'device.replied': { guard: 'isThisTurn', actions: assign({ reply: 'sent' }) },
                'device.stored': { guard: 'isThisTurn', actions: assign({ stored: true }) },
              },
              states: {
                listening: {
                  always: [
                    { guard: 'isHeard', target: 'keeping' },
                    /** An offline turn that is recorded already. */
                    { guard: 'isStored', target: 'keeping' },
                  ],
                  after: {
                    turnLimit: {
                      target: '#session.open.conversation.waiting',
                      actions: ['rememberLongTurn', ...FAIL],
                    },
                  },
                  on: { 'device.final': { guard: 'isThisTurn', actions: assign({ heard: true }) } },
                },
                /** Only offline turns stay here; live ones are answered while they are recorded. */
                keeping: {
                  always: [
                    { guard: 'wantsReply', target: 'processing' },
                    { guard: 'isStored', target: '#session.open.conversation.waiting', actions: FINISH },
                  ],
                  after: {
                    keepingLimit: {
                      target: '#session.open.conversation.waiting',
                      actions: [{ type: 'rememberLimit', params: { error: NOT_KEPT } }, ...FAIL],
                    },
                  },
                },
                processing: {
                  always: { guard: 'isReplyBegun', target: 'replying' },
                  after: {
                    processingLimit: {
                      target: '#session.open.conversation.waiting',
                      actions: [{ type: 'rememberLimit', params: { error: NO_ANSWER } }, ...FAIL],
                    },
                  },
                  on: {
                    /** Finished without a reply. */
                    'responder.finished': {
                      guard: 'isThisTurn',
                      target: '#session.open.conversation.waiting',
                      actions: FINISH,
                    },
                  },
                },
                replying: {
                  always: {
                    guard: 'isReplySent',
                    target: '#session.open.conversation.waiting',
                    actions: FINISH,
                  },
                  after: {
                    replyLimit: {
                      target: '#session.open.conversation.waiting',
                      actions: [{ type: 'rememberLimit', params: { error: NO_END } }, ...FAIL],
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
    closing: {
      entry: ['abortResponse', 'close'],
      after: { closeTimeout: 'closed' },
      on: { 'device.detached': 'closed' },
    },
    closed: { type: 'final', entry: ['tellUnfinished', 'tellClosed'] },
  },
});
