/** The browser's microphone as the port of sound (actors/sound/port.ts): blocks of 10 ms at 16 kHz from the worklet's input. */
import type { MicrophoneHandlers, OpenMicrophone } from '../../../../../actors/sound/port.ts';
import { EarshotError, type ErrorInfo } from '../../../../core/errors.ts';
import { FRAME_SIZE_10_MS, SAMPLE_RATE_HZ } from '../../../../protocol/format.ts';
import { RationalResampler } from './rational-resampler.ts';

const FULL_SCALE = 32_768;

export interface WorkletMicrophoneOptions {
  sampleRateHz: number;
  now(): number;
  /** Gets each block, also when nobody has it open. */
  onBlock(samples: Int16Array): void;
}

export class WorkletMicrophone {
  readonly #options: WorkletMicrophoneOptions;
  readonly #resampler: RationalResampler;
  readonly #users = new Set<MicrophoneHandlers>();
  readonly #block = new Int16Array(FRAME_SIZE_10_MS);
  #filled = 0;
  #device: { name: string; latencyMs: number } | undefined;

  constructor(options: WorkletMicrophoneOptions) {
    this.#options = options;
    this.#resampler = new RationalResampler(options.sampleRateHz, SAMPLE_RATE_HZ);
  }

  readonly open: OpenMicrophone = async (handlers) => {
    if (!this.#device) {
      throw new EarshotError('microphone_missing', 'There is no microphone', 'Connect one: it is used by itself.');
    }
    this.#users.add(handlers);
    return { device: this.#device.name, close: () => void this.#users.delete(handlers) };
  };

  /** Another one may replace it while it is open: the sound goes on. */
  connect(name: string, latencyMs: number): void {
    this.#device = { name, latencyMs };
  }

  lose({ code, message, hint }: ErrorInfo): void {
    this.#device = undefined;
    this.#filled = 0;
    this.#resampler.reset();
    const users = [...this.#users];
    this.#users.clear();
    for (const { onLost } of users) onLost(new EarshotError(code, message, hint));
  }

  /** The next block of the worklet's input. */
  push(samples: Float32Array): void {
    if (this.#device) this.#resampler.push(samples, this.#add);
  }

  readonly #add = (sample: number): void => {
    this.#block[this.#filled++] = Math.max(-FULL_SCALE, Math.min(FULL_SCALE - 1, Math.round(sample * FULL_SCALE)));
    if (this.#filled === this.#block.length) this.#deliver();
  };

  #deliver(): void {
    this.#filled = 0;
    this.#options.onBlock(this.#block);
    const lastSampleAtMs = this.#options.now() - (this.#device?.latencyMs ?? 0);
    for (const { onSamples } of [...this.#users]) onSamples(this.#block, lastSampleAtMs);
  }
}
