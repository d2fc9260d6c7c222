/** Convolution by the overlap-add method. Pure. */
import { createFft } from '../../src/core/signal/fft.ts';

/** The signal after a filter with this impulse response, of the signal's length. */
export function convolve(signal: Float32Array, response: Float32Array): Float32Array {
  const size = 2 ** Math.ceil(Math.log2(Math.max(2 * response.length, 1_024)));
  const fft = createFft(size);
  const [filterReal, filterImaginary] = [new Float64Array(size), new Float64Array(size)];
  filterReal.set(response);
  fft.forward(filterReal, filterImaginary);
  const out = new Float32Array(signal.length);
  const [real, imaginary] = [new Float64Array(size), new Float64Array(size)];
  const step = size - response.length + 1;
  for (let at = 0; at < signal.length; at += step) {
    real.fill(0);
    real.set(signal.subarray(at, at + step));
    imaginary.fill(0);
    fft.forward(real, imaginary);
    for (let i = 0; i < size; i++) {
      const [a, b] = [real[i] ?? 0, imaginary[i] ?? 0];
      const [c, d] = [filterReal[i] ?? 0, filterImaginary[i] ?? 0];
      real[i] = a * c - b * d;
      imaginary[i] = a * d + b * c;
    }
    fft.inverse(real, imaginary);
    const last = Math.min(size, signal.length - at);
    for (let i = 0; i < last; i++) out[at + i] = (out[at + i] ?? 0) + (real[i] ?? 0);
  }
  return out;
}
