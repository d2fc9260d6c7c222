/**
 * Sound in place of frames that are late: the last period of the voice again and again, fading out while the noise floor
 * comes in. The decoder is not touched: the real frames are still to come, and it must find itself as they expect it.
 */
import { SAMPLES_PER_MS } from '../../../src/protocol/format.ts';
import type { Background } from './background.ts';
import type { SampleStore } from './sample-store.ts';
import { LONGEST_INSERT_SAMPLES } from './stretcher.ts';
import { MIN_LAG_SAMPLES, TEMPLATE_SAMPLES, type WaveformMatch } from './waveform-match.ts';

/** Gain: down to 0.7 at 60 ms, then to 0 at 120 ms. A voice held longer sounds like a machine. */
const FIRST_FADE_MS = 60;
const GAIN_AFTER_FIRST_FADE = 0.7;
const SECOND_FADE_MS = 60;
/** Below this the sound has no pitch: the longest stretch is repeated. */
const VOICED_CORRELATION = 0.5;
/** 2 ms in which the step at the first joint is spread. */
const STEP_SAMPLES = 32;

export class Concealer {
  isActive = false;
  private readonly store: SampleStore;
  private readonly match: WaveformMatch;
  private readonly background: Background;
  private readonly period = new Float32Array(LONGEST_INSERT_SAMPLES);
  private periodSamples = 0;
  private position = 0;
  private step = 0;
  private madeSamples = 0;

  constructor(store: SampleStore, match: WaveformMatch, background: Background) {
    this.store = store;
    this.match = match;
    this.background = background;
  }

  /** Appends so many made-up samples. */
  extend(count: number): void {
    if (!this.isActive) this.begin();
    const { store, background } = this;
    const noisePeak = background.noisePeak;
    for (let i = 0; i < count; i++) {
      const gain = gainAfter(this.madeSamples / SAMPLES_PER_MS);
      let sample = (this.period[this.position] ?? 0) * gain;
      this.position = this.position + 1 < this.periodSamples ? this.position + 1 : 0;
      if (this.madeSamples < STEP_SAMPLES) sample += this.step * (1 - (this.madeSamples + 1) / (STEP_SAMPLES + 1));
      if (gain < GAIN_AFTER_FIRST_FADE) {
        sample += background.noise() * noisePeak * (1 - gain / GAIN_AFTER_FIRST_FADE);
      }
      store.samples[store.write + i] = sample;
      this.madeSamples += 1;
    }
    store.write += count;
  }

  end(): void {
    this.isActive = false;
  }

  private begin(): void {
    const { store, match } = this;
    const end = store.write;
    const lag = match.bestLag(store, end - TEMPLATE_SAMPLES, -1, MIN_LAG_SAMPLES, LONGEST_INSERT_SAMPLES);
    this.periodSamples = match.correlation > VOICED_CORRELATION ? lag : LONGEST_INSERT_SAMPLES;
    for (let i = 0; i < this.periodSamples; i++) this.period[i] = store.at(end - this.periodSamples + i);
    this.step = store.at(end - 1) - store.at(end - 1 - this.periodSamples);
    this.position = 0;
    this.madeSamples = 0;
    this.isActive = true;
  }
}

function gainAfter(ms: number): number {
  if (ms < FIRST_FADE_MS) return 1 - ((1 - GAIN_AFTER_FIRST_FADE) * ms) / FIRST_FADE_MS;
  return GAIN_AFTER_FIRST_FADE * Math.max(0, 1 - (ms - FIRST_FADE_MS) / SECOND_FADE_MS);
}
