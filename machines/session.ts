/**
 * The gateway's session of one device: its connection, which may be lost and resumed, and one turn after another, each
 * received, processed and answered.
 *
 * As on the device, machines see events only: the packets of the turn go from the device connection to the responder,
 * and those of the reply from the responder to the device connection, without passing this machine.
 */
import { assign } from 'xstate';
import { CLOSE_INTERNAL_ERROR } from '../src/protocol/control.ts';
import { initialContext, NO_ANSWER, NO_END, NOT_RECORDED } from './session-context.ts';
import { type SessionChildren, sessionSetup } from './session-setup.ts';
import { childSender } from './wiring.ts';

const sendToChild = childSender<SessionChildren>();

/** Abandons a turn: nothing more is answered or sent. */
const ABORT = ['abortResponse', 'flush', { type: 'reportTurn', params: { outcome: 'aborted' } }] as const;
const FAIL = ['refuse', 'abortResponse', 'flush', { type: 'reportTurn', params: { outcome: 'failed' } }] as const;
const FINISH = ['announceDone', { type: 'reportTurn', params: { outcome: 'done' } }] as const;

export const session = sessionSetup.createMachine({
  id: 'session',
  context: ({ input }) => initialContext(input),
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
    'session.drain': {
      actions: [
        assign({ isDraining: true }),
        sendToChild('deviceConnection', ({ event }) => ({ ...event, type: 'device.goaway' })),
      ],
    },
    'session.settings': {
      actions: sendToChild('deviceConnection', ({ event }) => ({ ...event, type: 'device.settings' })),
    },
    /** Also of the turn before, after the next has begun: the responder knows its turns. */
    'device.playback': { actions: sendToChild('responder', ({ event }) => ({ ...event, type: 'responder.played' })) },
    'session.control': {
      actions: sendToChild('deviceConnection', ({ event }) => ({ ...event, type: 'device.control' })),
    },
    'session.say': { actions: sendToChild('deviceConnection', ({ event }) => ({ ...event, type: 'device.say' })) },
    'session.unsay': { actions: sendToChild('deviceConnection', ({ event }) => ({ ...event, type: 'device.unsay' })) },
    'session.reminders': {
      actions: sendToChild('deviceConnection', ({ event }) => ({ ...event, type: 'device.reminders' })),
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
              on: { 'device.attached': { target: 'attached', actions: ['noteDevice', 'welcome', 'reportOpened'] } },
            },
            attached: {
              on: {
                /** The device has reconnected before the loss of its old connection was detected. */
                'device.attached': { actions: ['noteDevice', 'welcome', 'reportResumed'] },
                'device.detached': {
                  target: 'detached',
                  actions: assign({ close: ({ event: { code, reason } }) => ({ code, reason }) }),
                },
              },
            },
            detached: {
              always: { guard: 'isDraining', target: '#session.closed' },
              after: { resumeWindow: '#session.closed' },
              on: { 'device.attached': { target: 'attached', actions: ['noteDevice', 'welcome', 'reportResumed'] } },
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
              initial: 'receiving',
              on: {
                /**
                 * The device connection has already replaced the old turn by the new one: there is nothing to discard.
                 */
                'device.turn': {
                  target: 'turn',
                  reenter: true,
                  actions: ['abortResponse', { type: 'reportTurn', params: { outcome: 'aborted' } }, 'newTurn'],
                },
                'device.abort': { guard: 'isThisTurn', target: 'waiting', actions: ABORT },
                /** A device that does not have the turn any more. */
                'device.attached': { guard: 'isFreshStart', target: 'waiting', actions: ABORT },
                'responder.partial': {
                  guard: 'isThisTurn',
                  actions: sendToChild('deviceConnection', ({ event }) => ({ ...event, type: 'device.partial' })),
                },
                'responder.hold': {
                  guard: 'isThisTurn',
                  actions: sendToChild('deviceConnection', ({ event: { turn, holdMs } }) => ({
                    type: 'device.hold',
                    turn,
                    holdMs,
                  })),
                },
                'responder.end': {
                  guard: 'isThisTurn',
                  actions: sendToChild('deviceConnection', ({ event }) => ({ ...event, type: 'device.end' })),
                },
                'responder.caption': {
                  guard: 'isThisTurn',
                  actions: sendToChild('deviceConnection', ({ event }) => ({ ...event, type: 'device.caption' })),
                },
                'responder.asks': { guard: 'isThisTurn', actions: assign({ asks: true }) },
                'responder.tool': { guard: 'isThisTurn', actions: 'reportTool' },
                'responder.stage': {
                  guard: 'isThisTurn',
                  actions: sendToChild('deviceConnection', ({ event }) => ({ ...event, type: 'device.stage' })),
                },
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
                receiving: {
                  always: [
                    { guard: 'isComplete', target: 'recording' },
                    /** An offline turn that is recorded already. */
                    { guard: 'isStored', target: 'recording' },
                  ],
                  after: {
                    turnLimit: {
                      target: '#session.open.conversation.waiting',
                      actions: ['rememberLongTurn', ...FAIL],
                    },
                  },
                  on: { 'device.final': { guard: 'isThisTurn', actions: assign({ complete: true }) } },
                },
                /** Only offline turns stay here; live ones are answered while they are recorded. */
                recording: {
                  always: [
                    { guard: 'wantsReply', target: 'processing' },
                    { guard: 'isStored', target: '#session.open.conversation.waiting', actions: FINISH },
                  ],
                  after: {
                    recordingLimit: {
                      target: '#session.open.conversation.waiting',
                      actions: [{ type: 'rememberLimit', params: { error: NOT_RECORDED } }, ...FAIL],
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
    closed: { type: 'final', entry: ['reportUnfinished', 'reportClosed'] },
  },
});
