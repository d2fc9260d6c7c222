/**
 * The engine of a page's audio, replaced by a new one when the browser has stopped it for good: it stands still although it runs, its worklet has
 * failed, or it cannot be resumed (iOS after a call, a device with another sample rate).
 */
import { errorFields } from '../../../core/errors.ts';
import type { Log } from '../../../core/log/log.ts';
import { SoundEngine, type SoundEngineOptions } from './sound-engine.ts';

const WATCH_INTERVAL_MS = 1_000;
/** Times in a row that the engine has rendered nothing although it is running. */
const FROZEN_LIMIT = 3;
/** A suspended context is resumed in one of them. */
const GESTURES = ['pointerdown', 'keydown'] as const;

export interface LastingEngineOptions extends Pick<SoundEngineOptions, 'script' | 'settings' | 'receive'> {
  /** The browser has stopped it, or lets it run again. */
  onState(isRunning: boolean): void;
  /** It is a new one, which has been told nothing of what the one before was. */
  onReplaced(): Promise<void>;
  log: Log;
}

export class LastingEngine {
  readonly #options: LastingEngineOptions;
  #engine: SoundEngine | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;
  #isReplacing = false;
  #isClosed = false;
  #renderedSeconds = 0;
  #frozenFor = 0;

  private constructor(options: LastingEngineOptions) {
    this.#options = options;
  }

  /** Call it in the person's gesture. @throws EarshotError (by rejection) `audio_unsupported` */
  static async start(options: LastingEngineOptions): Promise<LastingEngine> {
    const lasting = new LastingEngine(options);
    lasting.#engine = await lasting.#startEngine();
    lasting.#watch = setInterval(() => lasting.#look(), WATCH_INTERVAL_MS);
    for (const gesture of GESTURES) addEventListener(gesture, lasting.#onGesture);
    return lasting;
  }

  get current(): SoundEngine | undefined {
    return this.#engine;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#watch);
    for (const gesture of GESTURES) removeEventListener(gesture, this.#onGesture);
    await this.#engine?.close();
  }

  #startEngine(): Promise<SoundEngine> {
    const { script, settings, receive } = this.#options;
    return SoundEngine.start({
      ...{ script, settings, receive },
      onState: () => this.#tellState(),
      onFailure: () => void this.#replace('it has failed'),
    });
  }

  #tellState(): void {
    if (!this.#isClosed) this.#options.onState(this.#engine?.isRunning ?? false);
  }

  readonly #onGesture = (): void => {
    const engine = this.#engine;
    if (!engine || engine.isRunning) return;
    engine.resume().catch((error) => {
      this.#options.log.warn('the audio cannot be resumed', errorFields(error));
      void this.#replace('it could not be resumed');
    });
  };

  #look(): void {
    const engine = this.#engine;
    if (!engine) return;
    const hasRendered = engine.renderedSeconds !== this.#renderedSeconds;
    this.#renderedSeconds = engine.renderedSeconds;
    this.#frozenFor = engine.isRunning && !hasRendered ? this.#frozenFor + 1 : 0;
    if (this.#frozenFor >= FROZEN_LIMIT) void this.#replace('it stands still');
  }

  async #replace(why: string): Promise<void> {
    if (this.#isReplacing || this.#isClosed) return;
    const { log, onState, onReplaced } = this.#options;
    this.#isReplacing = true;
    this.#frozenFor = 0;
    log.warn('the audio of the page is started again', { reason: why });
    onState(false);
    const old = this.#engine;
    try {
      const engine = await this.#startEngine();
      if (this.#isClosed) return await engine.close();
      this.#engine = engine;
      await old?.close();
      await onReplaced();
      this.#tellState();
    } catch (error) {
      log.warn('the audio of the page cannot be started again', errorFields(error));
    } finally {
      this.#isReplacing = false;
    }
  }
}
