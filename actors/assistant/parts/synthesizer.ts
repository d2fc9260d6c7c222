/**
 * A synthesizer speaks a sentence.
 */
export interface Synthesizer {
  /**
   * Speaks one sentence of up to 240 characters; the samples come as soon as they exist. When the signal is aborted, the
   * iterator ends within 50 ms, without an error. @throws EarshotError `assistant_…`
   */
  speak(text: string, options: SpeakOptions): AsyncIterable<Pcm>;
  prepare?(): Promise<void>;
  close(): Promise<void>;
}

/** How a sentence is spoken. */
export interface SpeakOptions {
  /** Name of the device: what a provider costs is counted for each. */
  device: string;
  /** A voice of this synthesizer; undefined: its default. */
  voice?: string;
  /** BCP 47. */
  language: string;
  signal: AbortSignal;
}

/** Mono, signed 16 bit. */
export interface Pcm {
  samples: Int16Array;
  sampleRateHz: number;
  /**
   * When each word of the sentence (what stands between its spaces) ends, in ms from its first sample. Of a synthesizer that knows it; with
   * any piece. Without it, what was heard of an interrupted answer is estimated.
   */
  wordEndsMs?: readonly number[];
}
