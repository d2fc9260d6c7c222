/**
 * How a spoken question reaches the assistant, and its answer comes back.
 */
import type { ErrorInfo } from '../../core/errors.ts';
import type { StageLatencies } from '../../observability/turn-report.ts';

export interface Line {
  /** Begins a conversation: a device that the assistant does not know yet. */
  converse(name: string): Promise<Conversation>;
  close(): Promise<void>;
}

export interface Conversation {
  /** One turn. Resolves when its answer is over. */
  ask(utterance: Int16Array): Promise<AskedTurn>;
  close(): Promise<void>;
}

export interface AskedTurn {
  /** What was understood; empty if nothing was. */
  heard: string;
  /** The words of the answer; empty if there was none. */
  answer: string;
  /** Of the answer's audio. */
  answerMs: number;
  /** When the turn began and ended: wall clock, ms since 1970. */
  fromMs: number;
  toMs: number;
  /** Where the line measures it. */
  latencyMs?: StageLatencies;
  /** Why there is no answer. */
  error?: ErrorInfo;
}
