/**
 * What is known of one turn when it ends: gathered by the conversation from the events that pass it, told once.
 */

import type {
  CaptureSummary,
  EncoderSummary,
  PlaybackStart,
  PlaybackSummary,
  TurnTiming,
} from '../src/core/contracts/index.ts';
import type { ErrorInfo } from '../src/core/errors.ts';
import type { Trigger } from '../src/protocol/triggers.ts';

export type TurnOutcome = 'done' | 'unanswered' | 'nothing-heard' | 'cancelled' | 'barge-in' | 'failed';

/** The specification's states ("Streaming State Machine"). */
export type ConversationState = 'idle' | 'recording' | 'streaming' | 'processing' | 'receiving' | 'playing' | 'error';

export interface TurnRecord {
  turn: number;
  id: string;
  trigger: Trigger;
  /** As the wall clock of the device had it: ms since 1970. */
  startedAtMs: number;
  /** The states it went through, in order, from the idle that it left. */
  states: ConversationState[];
  /** There was no cloud to answer: it is kept, and a cached reply was played. */
  offline?: boolean;
  outcome?: TurnOutcome;
  error?: ErrorInfo;
  transcript?: string;
  replyText?: string;
  roundTripMs: number;
  capture?: CaptureSummary;
  encoder?: EncoderSummary;
  uplink?: { firstSentAtMs?: number; finalSentAtMs?: number; packets?: number; bytes?: number };
  timing?: TurnTiming;
  playbackStart?: PlaybackStart & { atMs: number };
  playback?: PlaybackSummary;
}
