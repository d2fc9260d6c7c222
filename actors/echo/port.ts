/**
 * The interface of echo cancellers: what removes the sound of the speaker from that of the microphone.
 *
 * Samples are s16 at 16 kHz mono.
 */

export interface EchoCanceller {
  /** Samples of each block. */
  readonly blockSamples: number;
  /** How much later than its block the cleaned block is: it continues the one before. */
  readonly delaySamples: number;
  /**
   * Both blocks have `blockSamples`. The echo of each sample of the reference is at the same position of the microphone
   * or up to 200 ms later. Returns the cleaned samples, valid until the next call.
   */
  process(microphone: Int16Array, reference: Int16Array): Int16Array;
  /** Forgets the room: the echo is learnt again. */
  reset(): void;
  /** Releases everything; it is not used afterwards. */
  close(): void;
}

/** One way to cancel echoes. Each is one file in providers/, listed in providers/index.ts. */
export interface EchoCancellerProvider {
  /** As in `--echo-canceller NAME`. */
  readonly name: string;
  /** For `--help` and the doctor. */
  readonly description: string;
  /** Whether the microphone and the speaker must have the same clock: one card. */
  readonly needsOneClock: boolean;
  /**
   * Loads its library, and returns a function that makes a canceller.
   *
   * @throws EarshotError `echo_canceller_unavailable`, by rejection: the library or the package is missing
   */
  load(): Promise<() => EchoCanceller>;
}

/** The choice for a device. */
export interface ChosenCanceller {
  /** Of the provider, or `none`. */
  name: string;
  /** For the log and the doctor. */
  why: string;
  /** Something that was asked for is missing. */
  isMissing: boolean;
  create?: () => EchoCanceller;
}
