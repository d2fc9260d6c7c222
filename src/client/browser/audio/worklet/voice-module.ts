/** The voice detector of the worklet. Its module is fetched by the page when speech is to be found for the first time. */
import { createVoiceDetector, type VoiceDetector } from '../../../../../actors/listening/fvad-detector.ts';
import { EarshotError } from '../../../../core/errors.ts';
import { loadRawFvad } from './raw-fvad.ts';

export class VoiceModule {
  readonly #ask: () => void;
  readonly #waiting: ((module: ArrayBuffer | undefined) => void)[] = [];
  #module: ArrayBuffer | undefined;

  /** @param ask asks the page for the module */
  constructor(ask: () => void) {
    this.#ask = ask;
  }

  /** @throws EarshotError (by rejection) `listening_unavailable` */
  readonly open = async (): Promise<VoiceDetector> => {
    const module = this.#module ?? (await this.#request());
    if (module) return createVoiceDetector(loadRawFvad(new Uint8Array(module)));
    throw new EarshotError('listening_unavailable', 'The voice detector cannot be loaded', 'Reload the page.');
  };

  /** The page's answer. */
  receive(module: ArrayBuffer | undefined): void {
    this.#module = module;
    for (const resolve of this.#waiting.splice(0)) resolve(module);
  }

  #request(): Promise<ArrayBuffer | undefined> {
    if (this.#waiting.length === 0) this.#ask();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
