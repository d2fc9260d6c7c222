/**
 * The browser's speaker as the port of sound (actors/sound/port.ts). The demand of the worklet's output is the clock of playback: what it
 * needs is asked for when it needs it, in whatever pieces the player has.
 */
import type { OpenSpeaker, SpeakerHandlers } from '../../../../../actors/sound/port.ts';
import { SAMPLE_RATE_HZ, SAMPLES_PER_MS } from '../../../../protocol/format.ts';
import { RationalResampler } from './rational-resampler.ts';

const FULL_SCALE = 32_768;
/** What one demand asks for. Less than a tick of the player: what waits in the resampler can't be stretched. */
const DEMAND_SAMPLES = 5 * SAMPLES_PER_MS;
/** More than a block of the output and a demand, at any rate; a power of two. */
const WAITING_SAMPLES = 8_192;

export interface WorkletSpeakerOptions {
  sampleRateHz: number;
  now(): number;
  /** Gets each piece that is about to be played. */
  onBlock(samples: Int16Array): void;
}

export class WorkletSpeaker {
  outputLatencyMs = 0;
  readonly #options: WorkletSpeakerOptions;
  readonly #demand = new Int16Array(DEMAND_SAMPLES);
  readonly #floats = new Float32Array(DEMAND_SAMPLES);
  /** Resampled, and not played yet: a ring. */
  readonly #waiting = new Float32Array(WAITING_SAMPLES);
  #written = 0;
  #read = 0;
  readonly #resampler: RationalResampler;
  #user: SpeakerHandlers | undefined;

  constructor(options: WorkletSpeakerOptions) {
    this.#options = options;
    this.#resampler = new RationalResampler(SAMPLE_RATE_HZ, options.sampleRateHz);
  }

  readonly open: OpenSpeaker = async (handlers) => {
    this.#stop();
    this.#user = handlers;
    return {
      device: 'speaker',
      outputLatencyMs: this.outputLatencyMs,
      close: () => {
        if (this.#user === handlers) this.#stop();
      },
    };
  };

  /** Fills the next block of the worklet's output. */
  render(out: Float32Array): void {
    const dueAtMs = this.#options.now();
    while (this.#user && this.#written - this.#read < out.length) this.#ask(this.#user, dueAtMs);
    for (let i = 0; i < out.length; i++) {
      out[i] = this.#read < this.#written ? (this.#waiting[this.#read++ & (WAITING_SAMPLES - 1)] ?? 0) : 0;
    }
  }

  #ask({ onDemand }: SpeakerHandlers, dueAtMs: number): void {
    const block = this.#demand.fill(0);
    const waitingMs = ((this.#written - this.#read) / this.#options.sampleRateHz) * 1_000;
    // A handler that has crashed gives nothing: silence.
    const samples = block.subarray(0, onDemand(block, dueAtMs + waitingMs) || block.length);
    this.#options.onBlock(samples);
    const floats = this.#floats.subarray(0, samples.length);
    for (let i = 0; i < samples.length; i++) floats[i] = (samples[i] ?? 0) / FULL_SCALE;
    this.#resampler.push(floats, this.#add);
  }

  readonly #add = (sample: number): void => {
    this.#waiting[this.#written++ & (WAITING_SAMPLES - 1)] = sample;
  };

  /** What was asked for and not played is dropped. */
  #stop(): void {
    this.#user = undefined;
    this.#read = this.#written;
    this.#resampler.reset();
  }
}
