/**
 * Convolution of a stream with an impulse response, in blocks, without delay: overlap-save with a uniformly partitioned response
 * (Stockham 1966; Gardner 1995). Pure.
 */
import { createFft } from '../../src/core/signal/fft.ts';

export interface Convolver {
  /** The next block, of `blockSamples`. The result is valid until the next call. */
  next(block: Float64Array): Float64Array;
  /** Nothing was before the next block. */
  reset(): void;
}

interface Bins {
  real: Float64Array;
  imaginary: Float64Array;
}

export function createConvolver(response: Float32Array, blockSamples: number): Convolver {
  const size = 2 ** Math.ceil(Math.log2(2 * blockSamples));
  const fft = createFft(size);
  const empty = (): Bins => ({ real: new Float64Array(size), imaginary: new Float64Array(size) });
  const parts: Bins[] = [];
  for (let from = 0; from < response.length; from += blockSamples) {
    const part = empty();
    part.real.set(response.subarray(from, from + blockSamples));
    fft.forward(part.real, part.imaginary);
    parts.push(part);
  }
  /** Spectra of the last blocks, in a ring; and which of them are not silent. */
  const past = parts.map(empty);
  const sounds = new Array<boolean>(parts.length).fill(false);
  const window = new Float64Array(size);
  const sum = empty();
  const result = new Float64Array(blockSamples);
  let newest = 0;

  return {
    next(block) {
      window.copyWithin(0, blockSamples);
      window.set(block, size - blockSamples);
      const isSilent = window.every((sample) => sample === 0);
      newest = (newest + parts.length - 1) % parts.length;
      sounds[newest] = !isSilent;
      const spectrum = past[newest];
      if (spectrum && !isSilent) {
        spectrum.real.set(window);
        spectrum.imaginary.fill(0);
        fft.forward(spectrum.real, spectrum.imaginary);
      }
      if (!sounds.includes(true)) return result.fill(0);
      sum.real.fill(0);
      sum.imaginary.fill(0);
      for (const [i, part] of parts.entries()) {
        const at = (newest + i) % parts.length;
        const then = past[at];
        if (then && sounds[at]) addProduct(sum, then, part);
      }
      mirror(sum);
      fft.inverse(sum.real, sum.imaginary);
      result.set(sum.real.subarray(size - blockSamples));
      return result;
    },
    reset() {
      window.fill(0);
      sounds.fill(false);
    },
  };
}

/** Half of the bins: the others of a real signal mirror them. */
function addProduct(to: Bins, a: Bins, b: Bins): void {
  const { real, imaginary } = to;
  for (let k = 0; k <= real.length / 2; k++) {
    const [ar, ai] = [a.real[k] ?? 0, a.imaginary[k] ?? 0];
    const [br, bi] = [b.real[k] ?? 0, b.imaginary[k] ?? 0];
    real[k] = (real[k] ?? 0) + ar * br - ai * bi;
    imaginary[k] = (imaginary[k] ?? 0) + ar * bi + ai * br;
  }
}

function mirror({ real, imaginary }: Bins): void {
  const size = real.length;
  for (let k = 1; k < size / 2; k++) {
    real[size - k] = real[k] ?? 0;
    imaginary[size - k] = -(imaginary[k] ?? 0);
  }
}
