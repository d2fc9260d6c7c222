/** Audio that is opened when it is first needed: a browser gives a microphone, and plays sound, in a person's gesture only. */
import type { ClientAudio } from './client.ts';

export interface AudioOpeningOptions {
  /** Called again after it has failed. */
  open(): Promise<ClientAudio>;
  onOpened(audio: ClientAudio): void;
  onFailed(thrown: unknown): void;
}

export class AudioOpening {
  readonly #options: AudioOpeningOptions;
  #opened: ClientAudio | undefined;
  #isOpening = false;
  #isClosed = false;

  constructor(options: AudioOpeningOptions) {
    this.#options = options;
  }

  /** Calls `open` before it returns: while the gesture counts. */
  begin(): void {
    if (this.#isOpening || this.#opened) return;
    this.#isOpening = true;
    this.#isClosed = false;
    void this.#open();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const opened = this.#opened;
    this.#opened = undefined;
    await opened?.close?.();
  }

  async #open(): Promise<void> {
    const { open, onOpened, onFailed } = this.#options;
    try {
      const audio = await open();
      this.#isOpening = false;
      if (this.#isClosed) return await audio.close?.();
      this.#opened = audio;
      onOpened(audio);
    } catch (thrown) {
      this.#isOpening = false;
      if (!this.#isClosed) onFailed(thrown);
    }
  }
}
