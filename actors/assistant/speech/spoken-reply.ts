/**
 * A reply while it is spoken: text goes in as the brain writes it, Opus frames come out in order.
 */

export interface SpokenReply {
  /** The next piece of the text. It is split into sentences here; the first clause is spoken as soon as it stands. */
  write(text: string): void;
  /** The text is complete. */
  end(): void;
  /** Ends at once; the synthesizer's stream is aborted, and nothing more comes out. */
  abort(): void;
  /** In order. @throws EarshotError `assistant_…`: a sentence could not be spoken; those before it were. */
  output: AsyncIterable<SpokenPart>;
  /** The words that were heard when this much of the audio was played; a word half spoken was not heard. */
  heardText(playedMs: number): string;
}

export type SpokenPart =
  /** A sentence begins with the next frames, this far into the reply: a caption. */
  | { type: 'sentence'; text: string; fromMs: number }
  /** Opus, 20 ms each. */
  | { type: 'frames'; frames: Uint8Array[] };
