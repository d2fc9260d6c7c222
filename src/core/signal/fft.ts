/**
 * The discrete Fourier transform of complex signals, by the radix-2 algorithm of Cooley and Tukey (1965). Pure.
 */
export interface Fft {
  /** In place. */
  forward(real: Float64Array, imaginary: Float64Array): void;
  /** In place; the inverse of `forward`. */
  inverse(real: Float64Array, imaginary: Float64Array): void;
}

/** `size` is a power of two; the arrays have this length. */
export function createFft(size: number): Fft {
  const order = bitReversed(size);
  const cosine = Float64Array.from({ length: size / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / size));
  const sine = Float64Array.from({ length: size / 2 }, (_, i) => -Math.sin((2 * Math.PI * i) / size));

  function forward(real: Float64Array, imaginary: Float64Array): void {
    for (let i = 0; i < size; i++) {
      const j = order[i] ?? 0;
      if (j <= i) continue;
      swap(real, i, j);
      swap(imaginary, i, j);
    }
    for (let half = 1; half < size; half *= 2) butterflies(real, imaginary, half);
  }

  function butterflies(real: Float64Array, imaginary: Float64Array, half: number): void {
    const stride = size / (2 * half);
    for (let start = 0; start < size; start += 2 * half) {
      for (let k = 0; k < half; k++) {
        const c = cosine[k * stride] as number;
        const s = sine[k * stride] as number;
        const a = start + k;
        const b = a + half;
        const realA = real[a] as number;
        const imaginaryA = imaginary[a] as number;
        const realB = real[b] as number;
        const imaginaryB = imaginary[b] as number;
        const turnedReal = realB * c - imaginaryB * s;
        const turnedImaginary = realB * s + imaginaryB * c;
        real[b] = realA - turnedReal;
        imaginary[b] = imaginaryA - turnedImaginary;
        real[a] = realA + turnedReal;
        imaginary[a] = imaginaryA + turnedImaginary;
      }
    }
  }

  return {
    forward,
    inverse(real, imaginary) {
      // The inverse is the forward transform with both parts exchanged.
      forward(imaginary, real);
      for (let i = 0; i < size; i++) {
        real[i] = (real[i] ?? 0) / size;
        imaginary[i] = (imaginary[i] ?? 0) / size;
      }
    },
  };
}

function swap(values: Float64Array, i: number, j: number): void {
  const value = values[i] ?? 0;
  values[i] = values[j] ?? 0;
  values[j] = value;
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
