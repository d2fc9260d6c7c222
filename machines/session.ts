/**
 * The gateway's side of one connection: greeting, then one turn after another, each heard, thought about and answered.
 *
 * As on the device, machines see edges only: the turn's packets go from the peer (the socket) to the responder, and the
 * reply's from the responder to the peer, beside this machine.
 */
import { assign, enqueueActions, setup } from 'xstate';
import type { ErrorInfo } from '../src/errors.ts';
import type { ActorCrashed, PeerEdge, ResponderEdge, SupervisionEdge } from '../src/events.ts';
import { CLOSE_GOING_AWAY, CLOSE_INTERNAL_ERROR, CLOSE_POLICY } from '../src/protocol/control.ts';
import { type PeerPort, peerPort, type ResponderPort, responderPort } from './ports.ts';
import { teller, unprovided } from './wiring.ts';

export const SESSION_DELAYS_MS = {
  helloTimeout: 10_000,
  /** Longest utterance that is accepted; the device ends its own after 60 s. */
  turnLimit: 120_000,
  /** From the end of the utterance to the beginning of the reply; shorter than the device's patience of 20 s. */
  processingLimit: 15_000,
  replyLimit: 600_000,
  /** How long the other end may take to answer a close. */
  closeTimeout: 2_000,
} as const;

interface SessionContext {
  session: string;
  device: string;
  turn: number;
  turnId: string;
  /** All of the utterance is here. */
  heard: boolean;
  reply: 'none' | 'begun' | 'sent';
  close: { code: number; reason: string };
}

export type SessionEvent =
  | PeerEdge
  | ResponderEdge
  | SupervisionEdge
  /** The peer failed: a connection is not mended but made anew, by the device. */
  | ActorCrashed
  /** The gateway shuts down, or another connection of the same device takes over. */
  | { type: 'session.close'; code: number; reason: string };

export type SessionNews =
  | { type: 'session.opened'; session: string; device: string }
  | { type: 'turn.ended'; session: string; turn: number; turnId: string; outcome: 'done' | 'aborted' | 'failed' }
  | { type: 'session.closed'; session: string; device: string; code: number; reason: string };

const TURN_TOO_LONG: ErrorInfo = {
  code: 'turn_refused',
  message: `The turn is longer than ${SESSION_DELAYS_MS.turnLimit / 1_000} s`,
  hint: 'Speak in shorter turns.',
};
const NO_ANSWER: ErrorInfo = {
  code: 'cloud_timeout',
  message: `The responder gave no answer within ${SESSION_DELAYS_MS.processingLimit / 1_000} s`,
  hint: 'Try again.',
};
const NO_END: ErrorInfo = {
  code: 'reply_timeout',
  message: `The reply did not end within ${SESSION_DELAYS_MS.replyLimit / 60_000} minutes`,
  hint: 'Try again.',
};

const tell = teller<{ peer: PeerPort; responder: ResponderPort }>();
type Args = { context: SessionContext };

const refusal = (error: ErrorInfo) => (args: Args) =>
  ({ type: 'peer.refuse', turn: args.context.turn, error, retryable: true }) as const;

export const session = setup({
  types: {
    context: {} as SessionContext,
    events: {} as SessionEvent,
    emitted: {} as SessionNews,
    input: {} as { session: string },
  },
  actors: { peer: unprovided(peerPort), responder: unprovided(responderPort) },
  delays: SESSION_DELAYS_MS,
  guards: {
    isThisTurn: ({ context, event }) => 'turn' in event && event.turn === context.turn,
    isHeard: ({ context }) => context.heard,
    isReplyBegun: ({ context }) => context.reply !== 'none',
    isReplySent: ({ context }) => context.heard && context.reply === 'sent',
  },
  actions: {
    welcome: tell('peer', ({ context }: Args) => ({ type: 'peer.welcome', session: context.session })),
    newTurn: assign(({ event }) =>
      event.type === 'peer.turn' ? { turn: event.turn, turnId: event.id, heard: false, reply: 'none' as const } : {},
    ),
    beginResponse: tell('responder', ({ context }: Args) => ({
      type: 'responder.begin',
      turn: context.turn,
      id: context.turnId,
    })),
    abortResponse: tell('responder', ({ context }: Args) => ({ type: 'responder.abort', turn: context.turn })),
    flush: tell('peer', ({ context }: Args) => ({ type: 'peer.flush', turn: context.turn })),
    markHeard: assign({ heard: true }),
    markReplyBegun: assign({ reply: 'begun' }),
    markReplySent: assign({ reply: 'sent' }),
    announceDone: tell('peer', ({ context }: Args) => ({ type: 'peer.done', turn: context.turn, id: context.turnId })),
    refuseFailed: tell('peer', ({ context, event }: Args & { event: SessionEvent }) => ({
      type: 'peer.refuse',
      turn: context.turn,
      error: 'error' in event ? event.error : NO_ANSWER,
      retryable: true,
    })),
    close: tell('peer', ({ context }: Args) => ({ type: 'peer.close', ...context.close })),
    tellTurn: enqueueActions(({ context, enqueue }, { outcome }: { outcome: 'done' | 'aborted' | 'failed' }) => {
      const { session, turn, turnId } = context;
      enqueue.emit({ type: 'turn.ended', session, turn, turnId, outcome });
    }),
    tellOpened: enqueueActions(({ context: { session, device }, enqueue }) => {
      enqueue.emit({ type: 'session.opened', session, device });
    }),
    tellClosed: enqueueActions(({ context: { session, device, close }, enqueue }) => {
      enqueue.emit({ type: 'session.closed', session, device, ...close });
    }),
  },
}).createMachine({
  id: 'session',
  context: ({ input }) => ({
    session: input.session,
    device: '',
    turn: 0,
    turnId: '',
    heard: false,
    reply: 'none',
    close: { code: CLOSE_GOING_AWAY, reason: '' },
  }),
  invoke: [
    { id: 'peer', src: 'peer' },
    { id: 'responder', src: 'responder' },
  ],
  initial: 'greeting',
  on: {
    'session.close': {
      target: '.closing',
      actions: assign({ close: ({ event: { code, reason } }) => ({ code, reason }) }),
    },
    'actor.crashed': {
      target: '.closing',
      actions: assign({ close: { code: CLOSE_INTERNAL_ERROR, reason: 'internal error' } }),
    },
    'peer.closed': {
      target: '.closed',
      actions: ['abortResponse', assign({ close: ({ event: { code, reason } }) => ({ code, reason }) })],
    },
  },
  states: {
    greeting: {
      after: {
        helloTimeout: {
          target: 'closing',
          actions: assign({ close: { code: CLOSE_POLICY, reason: 'no hello' } }),
        },
      },
      on: { 'peer.hello': { target: 'open', actions: assign({ device: ({ event }) => event.device }) } },
    },
    open: {
      entry: ['welcome', 'tellOpened'],
      initial: 'waiting',
      states: {
        waiting: { on: { 'peer.turn': { target: 'turn', actions: 'newTurn' } } },
        turn: {
          entry: 'beginResponse',
          initial: 'listening',
          on: {
            'peer.turn': {
              target: 'turn',
              reenter: true,
              actions: ['abortResponse', 'flush', { type: 'tellTurn', params: { outcome: 'aborted' } }, 'newTurn'],
            },
            'peer.abort': {
              guard: 'isThisTurn',
              target: 'waiting',
              actions: ['abortResponse', 'flush', { type: 'tellTurn', params: { outcome: 'aborted' } }],
            },
            'responder.processing': {
              guard: 'isThisTurn',
              actions: tell('peer', ({ event }) => ({ ...event, type: 'peer.processing' })),
            },
            'responder.replying': {
              guard: 'isThisTurn',
              actions: ['markReplyBegun', tell('peer', ({ event }) => ({ ...event, type: 'peer.reply' }))],
            },
            'responder.failed': {
              guard: 'isThisTurn',
              target: 'waiting',
              actions: ['refuseFailed', 'flush', { type: 'tellTurn', params: { outcome: 'failed' } }],
            },
            'actor.restarting': {
              target: 'waiting',
              actions: ['refuseFailed', 'flush', { type: 'tellTurn', params: { outcome: 'failed' } }],
            },
            'peer.replied': { guard: 'isThisTurn', actions: 'markReplySent' },
          },
          states: {
            listening: {
              always: { guard: 'isHeard', target: 'processing' },
              after: {
                turnLimit: {
                  target: '#session.open.waiting',
                  actions: [
                    tell('peer', refusal(TURN_TOO_LONG)),
                    'abortResponse',
                    'flush',
                    { type: 'tellTurn', params: { outcome: 'failed' } },
                  ],
                },
              },
              on: { 'peer.final': { guard: 'isThisTurn', actions: 'markHeard' } },
            },
            processing: {
              always: { guard: 'isReplyBegun', target: 'replying' },
              after: {
                processingLimit: {
                  target: '#session.open.waiting',
                  actions: [
                    tell('peer', refusal(NO_ANSWER)),
                    'abortResponse',
                    { type: 'tellTurn', params: { outcome: 'failed' } },
                  ],
                },
              },
              on: {
                /** Finished without a word: a turn that wants no reply. */
                'responder.finished': {
                  guard: 'isThisTurn',
                  target: '#session.open.waiting',
                  actions: ['announceDone', { type: 'tellTurn', params: { outcome: 'done' } }],
                },
              },
            },
            replying: {
              always: {
                guard: 'isReplySent',
                target: '#session.open.waiting',
                actions: ['announceDone', { type: 'tellTurn', params: { outcome: 'done' } }],
              },
              after: {
                replyLimit: {
                  target: '#session.open.waiting',
                  actions: [
                    tell('peer', refusal(NO_END)),
                    'abortResponse',
                    'flush',
                    { type: 'tellTurn', params: { outcome: 'failed' } },
                  ],
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
    },
    closed: { type: 'final', entry: 'tellClosed' },
  },
});
