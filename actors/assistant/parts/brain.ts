/**
 * A brain understands what was said and answers in text, as it comes.
 */
import type { DeviceProfile } from '../../../src/core/device-profile.ts';
import type { DialogueMessage } from './memory.ts';
import type { Tool, ToolCall, ToolContext } from './tool.ts';

/** Understands what was said and answers in text. One for all devices; several answers at a time. */
export interface Brain {
  /**
   * Answers one utterance. When `signal` is aborted, the iterator ends within 50 ms, without an error, and everything that
   * was opened for it is closed. @throws EarshotError `assistant_…`
   */
  answer(request: BrainRequest, signal: AbortSignal): AsyncIterable<BrainOutput>;
  /**
   * Sums up a conversation for its own later use, in a few sentences. A brain without it has no use for more than the last messages.
   * @throws EarshotError `assistant_…`
   */
  summarize?(conversation: PastConversation, signal: AbortSignal): Promise<string>;
  /**
   * How well it knows what the text asks for, from 0 (not at all) to 1. Soon, and without an effect. A brain without it understands
   * everything.
   */
  understands?(text: string): Promise<number>;
  /** What was probably said where this was heard. Soon, and without an effect. */
  asMeant?(text: string): Promise<MeantText>;
  prepare?(): Promise<void>;
  close(): Promise<void>;
}

/** What was heard, as it was probably meant. */
export interface MeantText {
  /** With the words that the request is understood by in the place of others that sound like them: “free mind me at six” is “remind me at six”. */
  text: string;
  /** How usual its words are, one after the other, in what the brain is asked: the mean of their probabilities' logarithms to base 10. */
  meanLogProbability: number;
}

/** Messages to be summed up. */
export interface PastConversation {
  /** Its name. */
  device: string;
  /** Oldest first. */
  messages: readonly DialogueMessage[];
  /** Of what was said before. */
  summary?: string;
}

/** An utterance to answer, with all that the brain should know. */
export interface BrainRequest {
  /** What the person said, as it was recognised. */
  text: string;
  /** The last turns, oldest first, without this one. What the person did not hear of an answer is not in them. */
  history: readonly DialogueMessage[];
  /** What was said before the history. */
  summary?: string;
  /**
   * The beginning of the text, as it was recognised in a turn of its own, if the rest may belong to it: a pause was taken for the end of the sentence,
   * and the person went on in the first second of the answer. It is in the history; nothing was done because of it.
   */
  firstPart?: string;
  device: DeviceProfile;
  /**
   * The request may be made before the utterance has ended. A tool that changes something then waits for its end by itself,
   * and rejects when the person goes on speaking.
   */
  tools: readonly Tool[];
  turnId: string;
  /** Wall clock, ms since 1970. */
  nowMs: number;
  /** See {@link ToolContext}. */
  makeId?: () => string;
}

/** For the tools that a brain calls. */
export function toolContext(
  { device, turnId, nowMs, makeId }: Pick<BrainRequest, 'device' | 'turnId' | 'nowMs' | 'makeId'>,
  signal: AbortSignal,
): ToolContext {
  return { device, turnId, nowMs, signal, ...(makeId && { makeId }) };
}

/** What a brain says and does while it answers. */
export type BrainOutput =
  /** The next piece of the answer: a token, a sentence, anything between. `asks`: the answer asks the person something. */
  | { type: 'text'; text: string; asks?: boolean }
  /** A tool was called: for the record. */
  | { type: 'tool'; call: ToolCall };
