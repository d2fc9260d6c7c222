/**
 * Transcriber, brain and synthesizer in one: a model that hears and speaks itself.
 */
import type { BrainRequest } from './brain.ts';
import type { Pcm } from './synthesizer.ts';
import type { ToolCall } from './tool.ts';

/** A model that hears and speaks itself. One for all devices. */
export interface SpeechToSpeech {
  /** Begins a turn of a device. Turns of one device share the model's memory as long as its connection lives. */
  begin(request: Omit<BrainRequest, 'text'>, signal: AbortSignal): SpokenTurn;
  close(): Promise<void>;
}

/** One turn with such a model. */
export interface SpokenTurn {
  /** See `Utterance.push`. */
  push(frames: readonly Uint8Array[], gapSamples: number): void;
  /** The utterance is complete; the answer follows in `output`. */
  finish(): void;
  /** What was heard, and the answer. Ends without an error when the signal is aborted. @throws EarshotError `assistant_…` */
  output: AsyncIterable<SpokenOutput>;
  /** The person interrupted the answer after this much of its audio; the model forgets the rest. */
  heard(playedMs: number): void;
}

/** What such a model heard, says and does. */
export type SpokenOutput =
  | { type: 'transcript'; text: string }
  | { type: 'text'; text: string }
  | { type: 'audio'; pcm: Pcm }
  | { type: 'tool'; call: ToolCall };
