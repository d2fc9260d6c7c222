/**
 * The power spectrum of a real signal, by the radix-2 FFT of Cooley and Tukey (1965). Pure.
 */
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
  const order = bitReversed(size);
  return {
    power(samples) {
      for (let i = 0; i < size; i++) {
        const from = order[i] ?? 0;
        real[i] = (samples[from] ?? 0) * (window[from] ?? 0);
        imaginary[i] = 0;
      }
      for (let half = 1; half < size; half *= 2) butterflies(real, imaginary, half);
      for (let k = 0; k < power.length; k++) power[k] = (real[k] ?? 0) ** 2 + (imaginary[k] ?? 0) ** 2;
      return power;
    },
  };
}

function butterflies(real: Float64Array, imaginary: Float64Array, half: number): void {
  for (let k = 0; k < half; k++) {
    const cosine = Math.cos((Math.PI * k) / half);
    const sine = -Math.sin((Math.PI * k) / half);
    for (let a = k; a < real.length; a += 2 * half) {
      const b = a + half;
      const [realB, imaginaryB] = [real[b] ?? 0, imaginary[b] ?? 0];
      const turnedReal = realB * cosine - imaginaryB * sine;
      const turnedImaginary = realB * sine + imaginaryB * cosine;
      real[b] = (real[a] ?? 0) - turnedReal;
      imaginary[b] = (imaginary[a] ?? 0) - turnedImaginary;
      real[a] = (real[a] ?? 0) + turnedReal;
      imaginary[a] = (imaginary[a] ?? 0) + turnedImaginary;
    }
  }
}

function bitReversed(size: number): Uint32Array {
  const order = new Uint32Array(size);
  for (let i = 1, j = 0; i < size; i++) {
    let bit = size >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j |= bit;
    order[i] = j;
  }
  return order;
}
