/**
 * The context of the conversation machine, its notifications, its time limits and their errors.
 */
import type { ConversationContract, ListedReminders, OfferedAnnouncement } from '../src/core/contracts/index.ts';
import type { ErrorInfo } from '../src/core/errors.ts';
import type { ReminderReport, Settings } from '../src/protocol/control.ts';
import type { ReplyProgress } from './turn-progress.ts';
import type { ConversationState, TurnRecord } from './turn-record.ts';

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

export interface ConversationContext {
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
  /** Id of the reminder that rings in the current turn; empty: none. */
  ringing: string;
  retained: Retained;
  error: ErrorInfo;
  record: TurnRecord | undefined;
}

/** What is sent again to announcements and reminders after their restart: an event that comes while an actor is down is lost. */
export interface Retained {
  settings: Settings | undefined;
  /** Those without a turn that were not declined, oldest first. */
  announcements: OfferedAnnouncement[];
  reminders: ListedReminders | undefined;
  /** How the last ring ended. */
  ringEnd: { turn: number; outcome: ReminderReport['outcome'] } | undefined;
}

/** More than the queue of announcements takes: it declines the others. */
export const MAX_RETAINED_ANNOUNCEMENTS = 32;

/** What it notifies the composition root of: each state that is entered, each turn that ends. */
export type ConversationNotification =
  | { type: 'state.entered'; state: ConversationState; turn: number }
  /** A reply was played that asks the person something. */
  | { type: 'answer.awaited'; turn: number }
  | { type: 'turn.finished'; record: TurnRecord }
  | { type: 'link.changed'; up: true }
  | { type: 'link.changed'; up: false; error: ErrorInfo; retryInMs: number }
  | ConversationContract['sends'];

/** The errors of the time limits. */
export const TIMEOUTS = {
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

export const INITIAL_CONTEXT: ConversationContext = {
  turn: 0,
  active: false,
  linkUp: false,
  linkKnown: false,
  linkSeen: false,
  roundTripMs: 0,
  released: false,
  reply: 'none',
  ringing: '',
  retained: { settings: undefined, announcements: [], reminders: undefined, ringEnd: undefined },
  error: { code: 'internal', message: 'There was no error', hint: '' },
  record: undefined,
};
