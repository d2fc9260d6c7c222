/**
 * Somebody who says the questions: a synthesizer, or a person's recordings.
 */
export interface Voice {
  name: string;
  /**
   * The text, 16 kHz mono. Undefined: there is no recording of this text.
   *
   * @throws EarshotError
   */
  speak(text: string): Promise<Int16Array | undefined>;
  /** Texts that it says beside the suite's: of them only the word error rate is measured. */
  readonly texts?: readonly string[];
  close(): Promise<void>;
}

/** A voice that this machine does not have, and what to do about it. */
export interface MissingVoice {
  name: string;
  missing: string;
}
