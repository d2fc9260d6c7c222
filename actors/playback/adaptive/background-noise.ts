/**
 * Estimates the levels of the noise floor and of the speech, to detect pauses and to make comfort noise.
 *
 * Levels are mean squares of samples.
 */
import { TICK_SAMPLES } from '../jitter-buffer.ts';
import type { SyncBuffer } from './sync-buffer.ts';

/** The floor falls at once and rises 0.4 % every 10 ms (a factor of 2 in 1.7 s), to at most 1 % of the speech. */
const FLOOR_RISE = 1.004;
const FLOOR_MOST_OF_SPEECH = 0.01;
const LOWEST_FLOOR = 9;
/** The speech level follows peaks and falls 0.15 % every 10 ms (by half in 4.6 s). */
const SPEECH_FALL = 0.9985;
const FIRST_FLOOR = 100;
const FIRST_SPEECH_LEVEL = 1e6;

/**
 * Pause: the mean square of each 5 ms is below the largest of these. 200 is −52 dB of full scale: quiet on any card.
 */
const PAUSE_STEP_SAMPLES = 80;
const PAUSE_OVER_FLOOR = 6;
const PAUSE_OF_SPEECH = 0.0006;
const PAUSE_LEVEL = 200;

/** Uniform noise of peak 1 has an RMS of 1/√3; 1.2 makes it 3 dB softer than the floor. */
const NOISE_GAIN = 1.2;

export class BackgroundNoise {
  private floor = FIRST_FLOOR;
  private speech = FIRST_SPEECH_LEVEL;
  /** Seed of a linear congruential generator: the same packets give the same samples. */
  private random = 1;

  /** Updates the levels from decoded samples. */
  listen(frame: Int16Array): void {
    for (let from = 0; from < frame.length; from += TICK_SAMPLES) {
      let energy = 0;
      for (let i = from; i < from + TICK_SAMPLES; i++) energy += (frame[i] ?? 0) ** 2;
      energy /= TICK_SAMPLES;
      this.floor =
        energy < this.floor
          ? Math.max(energy, LOWEST_FLOOR)
          : Math.min(this.floor * FLOOR_RISE, this.speech * FLOOR_MOST_OF_SPEECH);
      this.speech = Math.max(energy, this.speech * SPEECH_FALL);
    }
  }

  /** Whether these samples contain only background noise. */
  isPause(syncBuffer: SyncBuffer, from: number, count: number): boolean {
    const limit = Math.max(this.floor * PAUSE_OVER_FLOOR, this.speech * PAUSE_OF_SPEECH, PAUSE_LEVEL);
    for (let start = 0; start < count; start += PAUSE_STEP_SAMPLES) {
      const length = Math.min(PAUSE_STEP_SAMPLES, count - start);
      let energy = 0;
      for (let i = 0; i < length; i++) energy += syncBuffer.at(from + start + i) ** 2;
      if (energy / length > limit) return false;
    }
    return true;
  }

  /** The amplitude of {@link noise} from now on. */
  get noisePeak(): number {
    return NOISE_GAIN * Math.sqrt(this.floor);
  }

  /** One sample of noise between −1 and 1. */
  noise(): number {
    this.random = (Math.imul(this.random, 1_103_515_245) + 12_345) & 0x7fffffff;
    return this.random / 0x40000000 - 1;
  }

  fillNoise(syncBuffer: SyncBuffer, count: number): void {
    const peak = this.noisePeak;
    for (let i = 0; i < count; i++) syncBuffer.samples[syncBuffer.write + i] = this.noise() * peak;
    syncBuffer.write += count;
  }
}
