/**
 * The port of speech recognition.
 */
import type { MeantText } from './brain.ts';

/** A transcriber recognises the speech of a turn while it arrives. */
export interface Transcriber {
  /** Begins an utterance. It does not throw: a failure rejects {@link Utterance.finish}. */
  begin(options: UtteranceOptions): Utterance;
  /** Loads models and opens connections, so that the first turn is as fast as the others. */
  prepare?(): Promise<void>;
  close(): Promise<void>;
}

/** How an utterance is recognised, and who is told. */
export interface UtteranceOptions {
  /** Name of the device: what a provider costs is counted for each. */
  device: string;
  /** BCP 47. */
  language: string;
  /** The microphone may be some metres away, in a room with reverberation: nobody holds a key. Default: it is near. */
  isDistant?: boolean;
  /** Ends the work at once; nothing is called afterwards, and `finish` rejects with the signal's reason. */
  signal: AbortSignal;
  /** The text so far, as often as the transcriber likes. */
  onPartial?(partial: PartialTranscript): void;
  /** See `Brain.understands`. A recogniser may listen once more to what is not understood well. */
  understands?(text: string): Promise<number>;
  /** See `Brain.asMeant`. */
  asMeant?(text: string): Promise<MeantText>;
  /** A pause of about 200 ms: perhaps the end of the utterance. The person may go on. Again in the same pause when more is known of it. */
  onPause?(transcript: Transcript): void;
}

/** The speech of one turn. Neither method blocks. */
export interface Utterance {
  /** The next frames: Opus, 20 ms each, in order. `gapSamples`: silence that was left out before them, at 16 kHz. */
  push(frames: readonly Uint8Array[], gapSamples: number): void;
  /** The utterance is complete. The text is empty if nothing was recognised. @throws EarshotError `assistant_…` */
  finish(): Promise<Transcript>;
}

/** What was recognised of an utterance. */
export interface Transcript {
  /** As the recogniser writes it, with its punctuation. */
  text: string;
  /** What else was heard of the same speech, if the recogniser heard it more than once; the text itself as often as it was heard again. */
  alternatives?: readonly string[];
  /** 0 to 1, if the recogniser knows it. */
  confidence?: number;
  /** BCP 47, if the recogniser knows it. */
  language?: string;
}

/** What was recognised so far. */
export interface PartialTranscript {
  text: string;
  /** The beginning of `text` that will hardly change any more; the transcript is right where they differ. */
  stableText: string;
}
