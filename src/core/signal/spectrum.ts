/** The power spectrum of a real signal. Pure. */
import { createFft } from './fft.ts';

export interface Spectrum {
  /**
   * Power in each bin from 0 to half the sample rate, of `size` samples with a Hann window. Valid until the next call.
   */
  power(samples: Float64Array | Int16Array): Float64Array;
}

/** `size` is a power of two. */
export function createSpectrum(size: number): Spectrum {
  const real = new Float64Array(size);
  const imaginary = new Float64Array(size);
  const power = new Float64Array(size / 2 + 1);
  const window = Float64Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
  const fft = createFft(size);
  return {
    power(samples) {
      for (let i = 0; i < size; i++) real[i] = (samples[i] ?? 0) * (window[i] ?? 0);
      imaginary.fill(0);
      fft.forward(real, imaginary);
      for (let k = 0; k < power.length; k++) power[k] = (real[k] ?? 0) ** 2 + (imaginary[k] ?? 0) ** 2;
      return power;
    },
  };
}
