/**
 * Removes late reverberation: what a room adds to the speech of somebody who is not near the microphone. In each frequency a sample of the
 * spectrum is predicted from those a little earlier, and what can be predicted is taken away: reverberation can, the next sound of speech
 * can't. Loud moments count less in the prediction, because they are speech (weighted prediction error; Nakatani and others, IEEE TASLP 18,
 * 2010; Yoshioka and Nakatani, IEEE TASLP 20, 2012). One microphone, one iteration. Pure.
 */
import { createFft } from '../../../src/core/signal/fft.ts';
import { solveHermitian } from './hermitian-system.ts';

/** 32 ms at 16 kHz. */
const FRAME = 512;
/** A quarter of a frame, with as long a filter, costs some five times as much, and helped no more. */
const HOP = FRAME / 2;
const BINS = FRAME / 2 + 1;
/** Frames before the present one that belong to the same sound. */
const DELAY = 1;
/** Frames after them from which it is predicted: 96 ms. */
const TAPS = 6;
/** Of the mean power: quieter moments don't count more than this. */
const LEAST_POWER = 1e-4;
const SILENCE = 1e-12;

const fft = createFft(FRAME);
/** Its square adds up to 1 over two frames. */
const WINDOW = Float64Array.from({ length: FRAME }, (_, i) => Math.sin((Math.PI * (i + 0.5)) / FRAME));

/** One frequency over time. */
interface Bin {
  real: Float64Array;
  imaginary: Float64Array;
}

/** @param samples mono, 16 kHz; they stay as they are */
export function withoutReverberation(samples: Int16Array): Int16Array {
  const frames = Math.ceil(samples.length / HOP) + 1;
  const bins = analysed(samples, frames);
  for (const bin of bins) removePredicted(bin);
  return synthesized(bins, frames, samples.length);
}

function analysed(samples: Int16Array, frames: number): Bin[] {
  const bins = Array.from({ length: BINS }, () => ({
    real: new Float64Array(frames),
    imaginary: new Float64Array(frames),
  }));
  const [real, imaginary] = [new Float64Array(FRAME), new Float64Array(FRAME)];
  for (let t = 0; t < frames; t++) {
    const from = (t - 1) * HOP;
    for (let i = 0; i < FRAME; i++) real[i] = (WINDOW[i] as number) * ((samples[from + i] ?? 0) / 32_768);
    imaginary.fill(0);
    fft.forward(real, imaginary);
    for (const [k, bin] of bins.entries()) {
      bin.real[t] = real[k] as number;
      bin.imaginary[t] = imaginary[k] as number;
    }
  }
  return bins;
}

function removePredicted({ real, imaginary }: Bin): void {
  const weights = weightsOf(real, imaginary);
  const matrix = { real: new Float64Array(TAPS * TAPS), imaginary: new Float64Array(TAPS * TAPS) };
  const vector = { real: new Float64Array(TAPS), imaginary: new Float64Array(TAPS) };
  for (let t = DELAY + TAPS - 1; t < real.length; t++) {
    const weight = weights[t] as number;
    for (let a = 0; a < TAPS; a++) {
      const pastReal = weight * (real[t - DELAY - a] as number);
      const pastImaginary = weight * (imaginary[t - DELAY - a] as number);
      addProduct(vector, a, pastReal, pastImaginary, real[t] as number, imaginary[t] as number);
      for (let b = 0; b <= a; b++) {
        const at = t - DELAY - b;
        addProduct(matrix, a * TAPS + b, pastReal, pastImaginary, real[at] as number, imaginary[at] as number);
      }
    }
  }
  const filter = solveHermitian(matrix, vector, TAPS);
  // From the end on, because what comes before is needed as it was.
  for (let t = real.length - 1; t >= DELAY; t--) {
    for (let a = 0; a < TAPS && a <= t - DELAY; a++) {
      const at = t - DELAY - a;
      const [g, h] = [filter.real[a] as number, filter.imaginary[a] as number];
      const [x, y] = [real[at] as number, imaginary[at] as number];
      real[t] = (real[t] as number) - (g * x + h * y);
      imaginary[t] = (imaginary[t] as number) - (g * y - h * x);
    }
  }
}

function weightsOf(real: Float64Array, imaginary: Float64Array): Float64Array {
  const power = real.map((x, t) => x * x + (imaginary[t] as number) ** 2);
  const least = (LEAST_POWER * power.reduce((sum, each) => sum + each, 0)) / power.length + SILENCE;
  return power.map((each) => 1 / Math.max(each, least));
}

/** Adds the first number times the conjugate of the second. */
function addProduct(
  sums: Bin,
  at: number,
  real: number,
  imaginary: number,
  otherReal: number,
  otherImaginary: number,
): void {
  sums.real[at] = (sums.real[at] as number) + real * otherReal + imaginary * otherImaginary;
  sums.imaginary[at] = (sums.imaginary[at] as number) + imaginary * otherReal - real * otherImaginary;
}

function synthesized(bins: readonly Bin[], frames: number, length: number): Int16Array {
  const output = new Float64Array((frames + 1) * HOP);
  const [real, imaginary] = [new Float64Array(FRAME), new Float64Array(FRAME)];
  for (let t = 0; t < frames; t++) {
    for (const [k, bin] of bins.entries()) {
      real[k] = bin.real[t] as number;
      imaginary[k] = bin.imaginary[t] as number;
      if (k === 0 || k === FRAME / 2) continue;
      real[FRAME - k] = bin.real[t] as number;
      imaginary[FRAME - k] = -(bin.imaginary[t] as number);
    }
    fft.inverse(real, imaginary);
    for (let i = 0; i < FRAME; i++) {
      output[t * HOP + i] = (output[t * HOP + i] as number) + (WINDOW[i] as number) * (real[i] as number);
    }
  }
  return Int16Array.from({ length }, (_, i) => toS16(output[HOP + i] as number));
}

/** Rounds and clips. */
function toS16(value: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(value * 32_768)));
}
