/**
 * The loudness of speech in frames of 20 ms: of all of it, and of its low frequencies, in which vowels are much louder than consonants.
 */
import { FRAME_MS } from '../../../../src/protocol/format.ts';
import type { Pcm } from '../../parts/synthesizer.ts';

export interface Envelope {
  /** In dB below full scale. */
  readonly all: readonly number[];
  readonly low: readonly number[];
}

/** The low frequencies: those of the first formant. */
const LOW_HZ = [200, 1_200] as const;
const SILENCE = 1e-9;

export class EnvelopeMeter implements Envelope {
  readonly all: number[] = [];
  readonly low: number[] = [];
  #samples = 0;
  #allPower = 0;
  #lowPower = 0;
  /** Of filters of first order: two that let low frequencies pass, and one whose output is taken away. */
  #first = 0;
  #second = 0;
  #below = 0;

  /** The next samples, any number. The rate stays the same. */
  add({ samples, sampleRateHz }: Pick<Pcm, 'samples' | 'sampleRateHz'>): void {
    const frame = (sampleRateHz * FRAME_MS) / 1_000;
    const [below, above] = LOW_HZ.map((hz) => Math.exp((-2 * Math.PI * hz) / sampleRateHz)) as [number, number];
    for (const sample of samples) {
      const x = sample / 32_768;
      this.#first = above * this.#first + (1 - above) * x;
      this.#second = above * this.#second + (1 - above) * this.#first;
      this.#below = below * this.#below + (1 - below) * this.#second;
      this.#allPower += x * x;
      this.#lowPower += (this.#second - this.#below) ** 2;
      this.#samples += 1;
      if (this.#samples >= (this.all.length + 1) * frame) this.#endFrame(frame);
    }
  }

  #endFrame(frame: number): void {
    this.all.push(10 * Math.log10(this.#allPower / frame + SILENCE));
    this.low.push(10 * Math.log10(this.#lowPower / frame + SILENCE));
    this.#allPower = 0;
    this.#lowPower = 0;
  }
}
