/**
 * The context of the session machine, its notifications, its time limits and their errors.
 */
import type { SessionContract, UsedTool } from '../src/core/contracts/index.ts';
import type { ErrorInfo } from '../src/core/errors.ts';
import { CLOSE_GOING_AWAY } from '../src/protocol/control.ts';
import type { Patience } from '../src/protocol/listening.ts';

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
  recordingLimit: 30_000,
  /** How long the other end may take to answer a close. */
  closeTimeout: 2_000,
} as const;

export interface SessionInput {
  session: string;
  /** Longest utterance that is accepted, disconnected time included. Infinity: no limit. */
  turnLimitMs: number;
}

export interface SessionContext extends SessionInput {
  device: string;
  /** What it can do beyond the first version of the protocol. */
  features: readonly string[];
  turn: number;
  turnId: string;
  /** Id of the announcement that the turn is for. */
  announcement: string | undefined;
  /** The device finds the end of the utterance by listening, and can be helped. */
  patience: Patience | undefined;
  /** The word with which the device was woken before this follow-up. */
  wakeWord: string | undefined;
  inTurn: boolean;
  /** Recorded without a connection: needs no reply. */
  offline: boolean;
  /** The utterance is complete. */
  complete: boolean;
  stored: boolean;
  reply: 'none' | 'begun' | 'sent';
  /** The reply asks the person something. */
  asks: boolean;
  error: ErrorInfo;
  /** Whether the failed turn may be sent again. */
  retryable: boolean;
  /** The gateway takes no further connections: a device that is gone does not come back here. */
  isDraining: boolean;
  close: { code: number; reason: string };
}

export type SessionEvent = SessionContract['receives'];

export type TurnEnding = 'done' | 'aborted' | 'failed';
/** The notifications of a session. Ids are UUIDs; `device` is the device's name. */
export type SessionNotification =
  | { type: 'session.opened'; session: string; device: string; features: readonly string[] }
  | { type: 'session.resumed'; session: string; device: string; turnId: string }
  | { type: 'turn.tool'; session: string; turn: number; turnId: string; call: UsedTool }
  | { type: 'turn.ended'; session: string; turn: number; turnId: string; outcome: TurnEnding }
  | { type: 'session.closed'; session: string; device: string; code: number; reason: string };

/** The errors of the time limits. */
export const turnTooLong = (limitMs: number): ErrorInfo => ({
  code: 'turn_refused',
  message: `The turn is longer than ${limitMs / 1_000} s`,
  hint: 'Make turns shorter.',
});
export const NO_ANSWER: ErrorInfo = {
  code: 'cloud_timeout',
  message: `The responder did not answer within ${SESSION_DELAYS_MS.processingLimit / 1_000} s`,
  hint: 'Try again.',
};
export const NO_END: ErrorInfo = {
  code: 'reply_timeout',
  message: `The reply did not end within ${SESSION_DELAYS_MS.replyLimit / 60_000} minutes`,
  hint: 'Try again.',
};
export const NOT_RECORDED: ErrorInfo = {
  code: 'turn_refused',
  message: `The turn could not be recorded within ${SESSION_DELAYS_MS.recordingLimit / 1_000} s`,
  hint: 'It stays on the device and is delivered again.',
};

export function initialContext(input: SessionInput): SessionContext {
  return {
    ...input,
    device: '',
    features: [],
    turn: 0,
    turnId: '',
    announcement: undefined,
    patience: undefined,
    wakeWord: undefined,
    inTurn: false,
    offline: false,
    complete: false,
    stored: false,
    reply: 'none',
    asks: false,
    error: NO_ANSWER,
    retryable: true,
    isDraining: false,
    close: { code: CLOSE_GOING_AWAY, reason: '' },
  };
}
