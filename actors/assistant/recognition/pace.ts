/**
 * Speech faster or more slowly than it was spoken, as a record that turns too fast: its pitch changes, too. Interpolation by a windowed sinc
 * (Smith: "Digital Audio Resampling", ccrma.stanford.edu/~jos/resample). sherpa-onnx could do it, but writes a line for each utterance. Pure.
 */

/** On each side. */
const TAPS = 16;
/** A pace has two decimals, so the place of a sample is one of so many between two others: each has a filter. */
const PHASES = 100;

type Filters = readonly Float32Array[];
const filtersByPace = new Map<number, Filters>();

/** @param pace 0.5 to 2, with two decimals; 0.95: 5 % slower */
export function atPace(samples: Float32Array, pace: number): Float32Array {
  if (pace === 1) return samples;
  const filters = filtersByPace.get(pace) ?? createFilters(pace);
  filtersByPace.set(pace, filters);
  const step = Math.round(pace * PHASES);
  const result = new Float32Array(Math.floor(samples.length / pace));
  for (let index = 0; index < result.length; index++) {
    const filter = filters[(index * step) % PHASES] as Float32Array;
    const first = Math.floor((index * step) / PHASES) - TAPS + 1;
    const end = Math.min(2 * TAPS, samples.length - first);
    let sum = 0;
    for (let tap = Math.max(0, -first); tap < end; tap++)
      sum += (samples[first + tap] as number) * (filter[tap] as number);
    result[index] = sum;
  }
  return result;
}

function createFilters(pace: number): Filters {
  /** What would be above half of the rate afterwards is left out. */
  const cutoff = Math.min(1, 1 / pace);
  const filterAt = (phase: number) =>
    Float32Array.from({ length: 2 * TAPS }, (_, tap) => kernel(phase / PHASES + TAPS - 1 - tap, cutoff));
  return Array.from({ length: PHASES }, (_, phase) => filterAt(phase));
}

/** A sinc in a Hann window. */
function kernel(distance: number, cutoff: number): number {
  const angle = Math.PI * distance * cutoff;
  const sinc = Math.abs(angle) < 1e-9 ? 1 : Math.sin(angle) / angle;
  return cutoff * sinc * (0.5 + 0.5 * Math.cos((Math.PI * distance) / TAPS));
}
