/**
 * The parts of the session machine: its children, guards and actions. The states are in session.ts.
 */
import { assign, enqueueActions, setup } from 'xstate';
import {
  type DeviceConnectionContract,
  deviceConnectionContract,
  type ResponderContract,
  responderContract,
} from '../src/core/contracts/index.ts';
import type { ErrorInfo } from '../src/core/errors.ts';
import {
  SESSION_DELAYS_MS,
  type SessionContext,
  type SessionEvent,
  type SessionInput,
  type SessionNotification,
  type TurnEnding,
  turnTooLong,
} from './session-context.ts';
import { childSender, placeholder } from './wiring.ts';

/** The longest delay of a timer; used for an unlimited turn. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export type SessionChildren = { deviceConnection: DeviceConnectionContract; responder: ResponderContract };

const sendToChild = childSender<SessionChildren>();
type Args = { context: SessionContext };

export const sessionSetup = setup({
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
    isComplete: ({ context }) => context.complete,
    isStored: ({ context }) => context.stored,
    isReplyBegun: ({ context }) => context.reply !== 'none',
    isReplySent: ({ context }) => context.reply === 'sent',
    isDraining: ({ context }) => context.isDraining,
    isFreshStart: ({ event }) => event.type === 'device.attached' && !event.resumed,
  },
  actions: {
    welcome: sendToChild('deviceConnection', ({ context, event }: Args & { event: SessionEvent }) => ({
      type: 'device.welcome',
      session: context.session,
      resumed: event.type === 'device.attached' && event.resumed,
    })),
    noteDevice: assign(({ event }) =>
      event.type === 'device.attached' ? { device: event.device, features: event.features ?? [] } : {},
    ),
    newTurn: assign(({ event }) =>
      event.type === 'device.turn'
        ? {
            turn: event.turn,
            turnId: event.id,
            announcement: event.announcement,
            patience: event.patience,
            wakeWord: event.wakeWord,
            offline: event.offline,
            complete: false,
            stored: false,
            reply: 'none' as const,
            asks: false,
          }
        : {},
    ),
    beginResponse: enqueueActions(({ context, enqueue }) => {
      const { offline, turn, turnId: id, announcement, patience, wakeWord } = context;
      if (offline) return;
      const about = {
        ...(announcement !== undefined && { announcement }),
        ...(patience && { patience }),
        ...(wakeWord !== undefined && { wakeWord }),
      };
      enqueue(sendToChild('responder', { type: 'responder.begin', turn, id, ...about }));
    }),
    abortResponse: sendToChild('responder', ({ context }: Args) => ({ type: 'responder.abort', turn: context.turn })),
    flush: sendToChild('deviceConnection', ({ context }: Args) => ({ type: 'device.flush', turn: context.turn })),
    announceDone: sendToChild('deviceConnection', ({ context }: Args) => ({
      type: 'device.done',
      turn: context.turn,
      id: context.turnId,
      ...(context.asks && { asks: true }),
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
    reportTurn: enqueueActions(({ context, enqueue }, { outcome }: { outcome: TurnEnding }) => {
      const { session, turn, turnId } = context;
      enqueue.emit({ type: 'turn.ended', session, turn, turnId, outcome });
    }),
    reportTool: enqueueActions(({ context: { session, turn, turnId }, event, enqueue }) => {
      if (event.type === 'responder.tool') enqueue.emit({ type: 'turn.tool', session, turn, turnId, call: event.call });
    }),
    /** The session ends in the middle of a turn. */
    reportUnfinished: enqueueActions(({ context: { session, turn, turnId, inTurn }, enqueue }) => {
      if (!inTurn) return;
      enqueue.assign({ inTurn: false });
      enqueue.emit({ type: 'turn.ended', session, turn, turnId, outcome: 'failed' });
    }),
    reportOpened: enqueueActions(({ context: { session, device, features }, enqueue }) => {
      enqueue.emit({ type: 'session.opened', session, device, features });
    }),
    reportResumed: enqueueActions(({ context: { session, device, turnId }, enqueue }) => {
      enqueue.emit({ type: 'session.resumed', session, device, turnId });
    }),
    reportClosed: enqueueActions(({ context: { session, device, close }, enqueue }) => {
      enqueue.emit({ type: 'session.closed', session, device, ...close });
    }),
  },
});
