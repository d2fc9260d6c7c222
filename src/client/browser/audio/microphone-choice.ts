/**
 * The microphone of a page: the stream that is open, and what follows when it ends. A person may unplug it, withdraw the permission, or
 * choose another.
 */
import { EarshotError } from '../../../core/errors.ts';
import { type MicrophoneWishes, openMicrophoneStream, type WantedMicrophone } from './open-microphone.ts';

export interface MicrophoneChoiceOptions {
  wishes: MicrophoneWishes;
  /** Another stream is to be recorded from now on. */
  onOpened(stream: MediaStream, device: { label: string; latencyMs: number }): void;
  /** It has ended by itself. */
  onLost(): void;
  /** The system gives silence in its place (a call, a switch on the computer), or sound again. */
  onSilenced(isSilenced: boolean): void;
}

export class MicrophoneChoice {
  readonly #options: MicrophoneChoiceOptions;
  #stream: MediaStream | undefined;
  #isOpening = false;

  constructor(options: MicrophoneChoiceOptions) {
    this.#options = options;
  }

  get stream(): MediaStream | undefined {
    return this.#stream;
  }

  /** The one before is closed when this one is open. @throws EarshotError (by rejection) of `openMicrophoneStream` */
  async open(wanted?: WantedMicrophone): Promise<void> {
    const stream = await openMicrophoneStream(this.#options.wishes, wanted);
    this.close();
    this.#use(stream);
  }

  /** After it was lost: another one, if there is one now. It never asks the person for permission: nobody has pressed anything. */
  async find(): Promise<void> {
    if (this.#stream || this.#isOpening) return;
    this.#isOpening = true;
    try {
      if (await isAllowed()) await this.open();
    } catch (error) {
      // There is none yet: it is looked for again.
      if (!(error instanceof EarshotError)) throw error;
    } finally {
      this.#isOpening = false;
    }
  }

  close(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    for (const track of stream?.getTracks() ?? []) {
      track.onended = null;
      track.onmute = null;
      track.onunmute = null;
      track.stop();
    }
  }

  #use(stream: MediaStream): void {
    this.#stream = stream;
    const [track] = stream.getAudioTracks();
    if (!track) return;
    track.onended = () => {
      this.close();
      this.#options.onLost();
    };
    track.onmute = () => this.#options.onSilenced(true);
    track.onunmute = () => this.#options.onSilenced(false);
    const { latency = 0 } = track.getSettings() as MediaTrackSettings & { latency?: number };
    this.#options.onOpened(stream, { label: track.label, latencyMs: latency * 1_000 });
  }
}

/** False where the browser would ask, or does not tell. */
async function isAllowed(): Promise<boolean> {
  try {
    const { state } = await navigator.permissions.query({ name: 'microphone' as PermissionName });
    return state === 'granted';
  } catch {
    // Older browsers do not know this permission.
    return false;
  }
}
