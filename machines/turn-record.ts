/**
 * The record of one turn. The conversation collects it from events and emits it once, when the turn ends.
 */
import type {
  CaptureSummary,
  EncoderSummary,
  HeardWakeWord,
  PlaybackStart,
  PlaybackSummary,
  TurnTiming,
} from '../src/core/contracts/index.ts';
import type { ErrorInfo } from '../src/core/errors.ts';
import type { Patience } from '../src/protocol/listening.ts';
import type { Trigger } from '../src/protocol/triggers.ts';

/** How a turn ended: only `done` was answered. */
export type TurnOutcome = 'done' | 'unanswered' | 'no-audio' | 'cancelled' | 'barge-in' | 'failed';

/** The specification's states ("Streaming State Machine"). */
export type ConversationState = 'idle' | 'recording' | 'streaming' | 'processing' | 'receiving' | 'playing' | 'error';

/** All that a device knows of a turn when it ends. Times are ms; `…AtMs` are on the monotonic clock unless they are said to be dates. */
export interface TurnRecord {
  turn: number;
  id: string;
  trigger: Trigger;
  /** By the device's wall clock: ms since 1970. */
  startedAtMs: number;
  /** Only of a turn whose end is found by listening. */
  patience?: Patience;
  /** Only of a turn that began with a wake word. */
  wake?: HeardWakeWord;
  /** The states of the turn in order, beginning with the idle state before it. */
  states: ConversationState[];
  /** There was no cloud: the turn is stored, and a cached reply was played. */
  offline?: boolean;
  /** Id of the announcement: a turn that the gateway asked for. */
  announcement?: string;
  /** The reminder that rang in this turn, which the gateway does not know. */
  reminder?: { id: string; lateMs: number };
  outcome?: TurnOutcome;
  error?: ErrorInfo;
  transcript?: string;
  /** As far as the gateway has sent it. */
  replyText?: string;
  /** The reply asks the person something. */
  asks?: true;
  roundTripMs: number;
  capture?: CaptureSummary;
  encoder?: EncoderSummary;
  uplink?: { firstSentAtMs?: number; finalSentAtMs?: number; packets?: number; bytes?: number };
  timing?: TurnTiming;
  playbackStart?: PlaybackStart & { atMs: number };
  playback?: PlaybackSummary;
}
