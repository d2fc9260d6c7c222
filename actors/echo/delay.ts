/**
 * Finds how late an echo of the reference is in the microphone: the maximum of their cross-correlation, with the
 * spectrum of the reference made flat, so that one path of the sound is one peak. Pure.
 */
import { createFft } from '../../src/core/signal/fft.ts';
import { SAMPLES_PER_MS } from '../../src/protocol/format.ts';

/** Samples of the microphone that are compared: half a second of speech has all frequencies. */
export const COMPARED_SAMPLES = 8_192;
const FFT_SIZE = 2 * COMPARED_SAMPLES;
/** The delays that are found: sound servers add up to 300 ms, and the speaker's times are as exact as its buffers. */
const LEAST_DELAY_SAMPLES = -64 * SAMPLES_PER_MS;
const MOST_DELAY_SAMPLES = LEAST_DELAY_SAMPLES + FFT_SIZE - COMPARED_SAMPLES;
/** Of the mean power of the reference: frequencies with less do not count in full. */
const FLOOR = 0.01;
/** At both ends, the microphone is faded: two cuts would look alike. */
const FADE_SAMPLES = 16 * SAMPLES_PER_MS;
/** Samples around a peak that belong to it. */
const PEAK_SAMPLES = 32;

export interface EchoDelay {
  samples: number;
  /** The peak in standard deviations of the correlation elsewhere: noise has 4, an echo 10 and more. */
  strength: number;
}

export interface DelayRange {
  least: number;
  most: number;
}

export interface DelayEstimator {
  /**
   * @param microphone up to `COMPARED_SAMPLES`, the first of them at `position`
   * @param read reads the reference from a position on
   * @param range the delays to choose from; all by default
   */
  estimate(
    microphone: Int16Array,
    position: number,
    read: (position: number, out: Int16Array) => void,
    range?: DelayRange,
  ): EchoDelay;
}

const ALL: DelayRange = { least: LEAST_DELAY_SAMPLES, most: MOST_DELAY_SAMPLES };

export function createDelayEstimator(): DelayEstimator {
  const fft = createFft(FFT_SIZE);
  const [real, imaginary] = [new Float64Array(FFT_SIZE), new Float64Array(FFT_SIZE)];
  const reference = new Int16Array(FFT_SIZE);

  /** Leaves the correlation at each shift of the reference in `real`. */
  function correlate(microphone: Int16Array): void {
    // Two real signals are transformed together, as one complex signal.
    for (let i = 0; i < FFT_SIZE; i++) {
      real[i] = reference[i] ?? 0;
      imaginary[i] = (microphone[i] ?? 0) * fade(i, microphone.length);
    }
    fft.forward(real, imaginary);
    let power = 0;
    for (let k = 0; k < FFT_SIZE; k++) power += (real[k] ?? 0) ** 2 + (imaginary[k] ?? 0) ** 2;
    const floor = FLOOR * (power / FFT_SIZE) + 1;
    for (let k = 0, j = 0; k <= FFT_SIZE / 2; k++, j = FFT_SIZE - k) {
      const [a, b] = [real[k] ?? 0, imaginary[k] ?? 0];
      const [c, d] = [real[j] ?? 0, imaginary[j] ?? 0];
      const [refReal, refImaginary] = [(a + c) / 2, (b - d) / 2];
      const [micReal, micImaginary] = [(b + d) / 2, (c - a) / 2];
      const weight = 1 / (refReal ** 2 + refImaginary ** 2 + floor);
      const crossReal = (refReal * micReal + refImaginary * micImaginary) * weight;
      const crossImaginary = (refImaginary * micReal - refReal * micImaginary) * weight;
      real[k] = crossReal;
      imaginary[k] = crossImaginary;
      real[j] = crossReal;
      imaginary[j] = -crossImaginary;
    }
    imaginary[0] = 0;
    imaginary[FFT_SIZE / 2] = 0;
    fft.inverse(real, imaginary);
  }

  return {
    estimate(microphone, position, read, { least, most } = ALL) {
      const from = position - MOST_DELAY_SAMPLES;
      read(from, reference);
      correlate(microphone);
      const first = Math.max(0, MOST_DELAY_SAMPLES - most);
      const last = Math.min(COMPARED_SAMPLES, MOST_DELAY_SAMPLES - least);
      let peak = first;
      for (let shift = first; shift <= last; shift++) {
        if (Math.abs(real[shift] ?? 0) > Math.abs(real[peak] ?? 0)) peak = shift;
      }
      return { samples: MOST_DELAY_SAMPLES - peak, strength: strengthOf(real, peak) };
    },
  };
}

function fade(i: number, length: number): number {
  const toEnd = Math.min(i, length - 1 - i);
  return toEnd >= FADE_SAMPLES ? 1 : Math.max(0, toEnd / FADE_SAMPLES);
}

function strengthOf(correlation: Float64Array, peak: number): number {
  let squares = 0;
  let count = 0;
  for (let shift = 0; shift <= COMPARED_SAMPLES; shift++) {
    if (Math.abs(shift - peak) < PEAK_SAMPLES) continue;
    squares += (correlation[shift] ?? 0) ** 2;
    count += 1;
  }
  return squares === 0 ? 0 : Math.abs(correlation[peak] ?? 0) / Math.sqrt(squares / count);
}
