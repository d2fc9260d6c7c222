/**
 * Values of a sampled signal between its samples, by a windowed sinc: the delay of a path is no whole number of samples, and two cards
 * have two clocks. Pure.
 */
const TAPS = 32;
const PHASES = 512;

/** For each phase, the weights of the samples from `TAPS / 2 − 1` before the position on. */
const WEIGHTS = Array.from({ length: PHASES + 1 }, (_, phase) =>
  Float64Array.from({ length: TAPS }, (_, tap) => {
    const x = tap - (TAPS / 2 - 1) - phase / PHASES;
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    return sinc * Math.cos((Math.PI * x) / (TAPS + 1)) ** 2;
  }),
);

export interface Between {
  /** The first of the samples. */
  from: number;
  weights: Float64Array;
}

export function between(position: number): Between {
  const whole = Math.floor(position);
  const weights = WEIGHTS[Math.round((position - whole) * PHASES)] ?? new Float64Array(TAPS);
  return { from: whole - (TAPS / 2 - 1), weights };
}

/** How many samples after a position its value needs. */
export const LOOK_AHEAD = TAPS / 2 + 1;

/** Adds an impulse of this size at any position. */
export function addImpulse(to: Float32Array, position: number, size: number): void {
  const { from, weights } = between(position);
  for (let tap = 0; tap < TAPS; tap++) {
    const at = from + tap;
    if (at >= 0 && at < to.length) to[at] = (to[at] ?? 0) + size * (weights[tap] ?? 0);
  }
}

export function valueAt(position: number, sample: (index: number) => number): number {
  const { from, weights } = between(position);
  let sum = 0;
  for (let tap = 0; tap < TAPS; tap++) sum += sample(from + tap) * (weights[tap] ?? 0);
  return sum;
}
