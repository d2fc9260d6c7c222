/**
 * What a loudspeaker emits of the samples that its card was given: at their times by the card's clock, which may run faster than that of
 * the microphone, and with a distortion that grows with the level. Pure.
 */
import { LOOK_AHEAD, valueAt } from './fractional.ts';

export interface LoudspeakerOptions {
  /** How much faster the speaker's card plays than the microphone's records. */
  driftPpm: number;
  /** 0: linear. Above, samples are compressed like tanh(drive × sample) / drive, as a small loudspeaker does near its limit. */
  drive: number;
}

/** Samples that are kept: more than any card holds. */
const KEPT = 2 ** 16;

export class Loudspeaker {
  readonly #rate: number;
  readonly #drive: number;
  readonly #samples = new Float32Array(KEPT);
  #written = 0;
  /** Of the room: when sample 0 sounds, and when everything stops. */
  #origin = Number.POSITIVE_INFINITY;
  #end = Number.POSITIVE_INFINITY;

  constructor({ driftPpm, drive }: LoudspeakerOptions) {
    this.#rate = 1 + driftPpm / 1e6;
    this.#drive = drive;
  }

  /** A card begins to play: its first sample sounds at this sample of the room. */
  begin(origin: number): void {
    this.#origin = Math.round(origin);
    this.#end = Number.POSITIVE_INFINITY;
    this.#written = 0;
  }

  give(samples: Int16Array): void {
    for (const sample of samples) this.#write(sample / 32_768);
  }

  /** The card ran out of samples for so long: everything later sounds later. */
  stall(samples: number): void {
    for (let i = 0; i < samples; i++) this.#write(0);
  }

  /** What was given and not played yet is lost. */
  stop(at: number): void {
    this.#end = Math.min(this.#end, Math.round(at));
  }

  /** What sounds from this sample of the room on. */
  emit(from: number, out: Float64Array): void {
    for (let i = 0; i < out.length; i++) {
      const at = from + i;
      out[i] =
        at < this.#origin || at >= this.#end ? 0 : this.#distorted(this.#valueAt((at - this.#origin) * this.#rate));
    }
  }

  #valueAt(position: number): number {
    if (position >= this.#written + LOOK_AHEAD) return 0;
    return Number.isInteger(position) ? this.#sample(position) : valueAt(position, (index) => this.#sample(index));
  }

  #sample(index: number): number {
    const isKept = index >= 0 && index < this.#written && index >= this.#written - KEPT;
    return isKept ? (this.#samples[index % KEPT] ?? 0) : 0;
  }

  #write(sample: number): void {
    this.#samples[this.#written % KEPT] = sample;
    this.#written += 1;
  }

  #distorted(sample: number): number {
    return this.#drive === 0 || sample === 0 ? sample : Math.tanh(this.#drive * sample) / this.#drive;
  }
}
