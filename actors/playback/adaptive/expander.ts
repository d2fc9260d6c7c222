/**
 * Concealment of late frames: repeats the last pitch period, fading out while the noise floor fades in. The decoder is
 * not used: the late frames still follow, and need the decoder in the state before them.
 */
import { SAMPLES_PER_MS } from '../../../src/protocol/format.ts';
import type { BackgroundNoise } from './background-noise.ts';
import { MIN_LAG_SAMPLES, type PitchSearch, TEMPLATE_SAMPLES } from './pitch-search.ts';
import type { SyncBuffer } from './sync-buffer.ts';
import { LONGEST_INSERT_SAMPLES } from './time-stretch.ts';

/** Gain: down to 0.7 at 60 ms, then to 0 at 120 ms. A period that is repeated for longer sounds mechanical. */
const FIRST_FADE_MS = 60;
const GAIN_AFTER_FIRST_FADE = 0.7;
const SECOND_FADE_MS = 60;
/** Below this correlation there is no pitch: the longest segment is repeated. */
const VOICED_CORRELATION = 0.5;
/** 2 ms over which the step at the first joint is spread. */
const STEP_SAMPLES = 32;

export class Expander {
  isActive = false;
  private readonly syncBuffer: SyncBuffer;
  private readonly pitchSearch: PitchSearch;
  private readonly backgroundNoise: BackgroundNoise;
  private readonly period = new Float32Array(LONGEST_INSERT_SAMPLES);
  private periodSamples = 0;
  private position = 0;
  private step = 0;
  private madeSamples = 0;

  constructor(syncBuffer: SyncBuffer, pitchSearch: PitchSearch, backgroundNoise: BackgroundNoise) {
    this.syncBuffer = syncBuffer;
    this.pitchSearch = pitchSearch;
    this.backgroundNoise = backgroundNoise;
  }

  /** Appends this many concealment samples. */
  extend(count: number): void {
    if (!this.isActive) this.begin();
    const { syncBuffer, backgroundNoise } = this;
    const noisePeak = backgroundNoise.noisePeak;
    for (let i = 0; i < count; i++) {
      const gain = gainAfter(this.madeSamples / SAMPLES_PER_MS);
      let sample = (this.period[this.position] ?? 0) * gain;
      this.position = this.position + 1 < this.periodSamples ? this.position + 1 : 0;
      if (this.madeSamples < STEP_SAMPLES) sample += this.step * (1 - (this.madeSamples + 1) / (STEP_SAMPLES + 1));
      if (gain < GAIN_AFTER_FIRST_FADE) {
        sample += backgroundNoise.noise() * noisePeak * (1 - gain / GAIN_AFTER_FIRST_FADE);
      }
      syncBuffer.samples[syncBuffer.write + i] = sample;
      this.madeSamples += 1;
    }
    syncBuffer.write += count;
  }

  end(): void {
    this.isActive = false;
  }

  private begin(): void {
    const { syncBuffer, pitchSearch } = this;
    const end = syncBuffer.write;
    const lag = pitchSearch.bestLag(syncBuffer, end - TEMPLATE_SAMPLES, -1, MIN_LAG_SAMPLES, LONGEST_INSERT_SAMPLES);
    this.periodSamples = pitchSearch.correlation > VOICED_CORRELATION ? lag : LONGEST_INSERT_SAMPLES;
    for (let i = 0; i < this.periodSamples; i++) this.period[i] = syncBuffer.at(end - this.periodSamples + i);
    this.step = syncBuffer.at(end - 1) - syncBuffer.at(end - 1 - this.periodSamples);
    this.position = 0;
    this.madeSamples = 0;
    this.isActive = true;
  }
}

function gainAfter(ms: number): number {
  if (ms < FIRST_FADE_MS) return 1 - ((1 - GAIN_AFTER_FIRST_FADE) * ms) / FIRST_FADE_MS;
  return GAIN_AFTER_FIRST_FADE * Math.max(0, 1 - (ms - FIRST_FADE_MS) / SECOND_FADE_MS);
}
