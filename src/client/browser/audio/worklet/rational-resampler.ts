/**
 * Converts the sample rate of a mono stream, in blocks of any length: a windowed sinc filter with exact phases, because both rates are
 * whole numbers. The delay is 1.5 ms at 16 kHz.
 *
 * Not libsamplerate, which the device uses: its module is larger than the page (2 MB).
 */

/** Zero crossings of the sinc on each side, of the lower rate. */
const CROSSINGS = 24;
/** Of the lower half band: 7.5 kHz is passed, 8.5 kHz is not (at 16 kHz). */
const CUTOFF = 0.94;
/** Kaiser's window: 80 dB. */
const BETA = 8;
/** Input that is gathered before the filter moves it to the front of its memory. */
const ROOM = 4_096;

export class RationalResampler {
  /** Inputs for `#up` outputs. */
  readonly #down: number;
  readonly #up: number;
  readonly #taps: number;
  /** The filter of each phase, one after the other. Of 64 bits, as numbers are computed: each of 32 would be converted first. */
  readonly #filters: Float64Array;
  readonly #memory: Float64Array;
  #filled = 0;
  /** Of the next output: where its first tap is, and its phase. */
  #at = 0;
  #phase = 0;

  constructor(fromHz: number, toHz: number) {
    const divisor = greatestCommonDivisor(fromHz, toHz);
    this.#down = fromHz / divisor;
    this.#up = toHz / divisor;
    // An even number: the taps are summed four at a time.
    const half = 2 * Math.ceil((CROSSINGS / 2) * Math.max(1, fromHz / toHz));
    this.#taps = 2 * half;
    this.#filters = makeFilters(this.#up, half, Math.min(1, toHz / fromHz) * CUTOFF);
    this.#memory = new Float64Array(this.#taps + ROOM);
    this.reset();
  }

  /** Another stream begins, as if silence had come before it. */
  reset(): void {
    this.#filled = this.#taps / 2 - 1;
    this.#memory.fill(0, 0, this.#filled);
    this.#at = 0;
    this.#phase = 0;
  }

  /** Calls back with each new sample. */
  push(samples: Float32Array, onSample: (sample: number) => void): void {
    if (this.#up === this.#down) {
      for (const sample of samples) onSample(sample);
      return;
    }
    for (let from = 0; from < samples.length; from += ROOM) {
      this.#take(from === 0 && samples.length <= ROOM ? samples : samples.subarray(from, from + ROOM), onSample);
    }
  }

  #take(samples: Float32Array, onSample: (sample: number) => void): void {
    if (this.#filled + samples.length > this.#memory.length) this.#moveToFront();
    this.#memory.set(samples, this.#filled);
    this.#filled += samples.length;
    const memory = this.#memory;
    const filters = this.#filters;
    while (this.#at + this.#taps <= this.#filled) {
      const sum = product(memory, this.#at, filters, this.#phase * this.#taps, this.#taps);
      this.#phase += this.#down;
      this.#at += Math.floor(this.#phase / this.#up);
      this.#phase %= this.#up;
      onSample(sum);
    }
  }

  #moveToFront(): void {
    this.#memory.copyWithin(0, this.#at, this.#filled);
    this.#filled -= this.#at;
    this.#at = 0;
  }
}

/** Four sums instead of one: an addition need not wait for the one before. It takes most of the time of a resampler. */
function product(samples: Float64Array, at: number, filters: Float64Array, filter: number, taps: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = 0; i < taps; i += 4) {
    a += (samples[at + i] as number) * (filters[filter + i] as number);
    b += (samples[at + i + 1] as number) * (filters[filter + i + 1] as number);
    c += (samples[at + i + 2] as number) * (filters[filter + i + 2] as number);
    d += (samples[at + i + 3] as number) * (filters[filter + i + 3] as number);
  }
  return a + b + (c + d);
}

/** For each phase the taps of a sinc whose centre is that much after the middle tap. Each phase passes a constant unchanged. */
function makeFilters(phases: number, half: number, cutoff: number): Float64Array {
  const taps = 2 * half;
  const filters = new Float64Array(phases * taps);
  for (let phase = 0; phase < phases; phase++) {
    const filter = filters.subarray(phase * taps, (phase + 1) * taps);
    for (let i = 0; i < taps; i++) {
      const x = i - (half - 1) - phase / phases;
      filter[i] = sinc(x * cutoff) * kaiser(x / half);
    }
    const sum = filter.reduce((total, value) => total + value, 0);
    for (let i = 0; i < taps; i++) filter[i] = (filter[i] ?? 0) / sum;
  }
  return filters;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** @param x -1 to 1 */
function kaiser(x: number): number {
  return Math.abs(x) > 1 ? 0 : bessel(BETA * Math.sqrt(1 - x * x)) / bessel(BETA);
}

/** The modified Bessel function of order 0, by its series. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
