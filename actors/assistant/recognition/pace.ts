/**
 * Speech faster or more slowly than it was spoken, as a record that turns too fast: its pitch changes, too. Interpolation by a windowed sinc
 * (Smith: "Digital Audio Resampling", ccrma.stanford.edu/~jos/resample). sherpa-onnx could do it, but writes a line for each utterance. Pure.
 */

/** On each side. */
const TAPS = 16;

/** @param pace 0.5 to 2; 0.95: 5 % slower */
export function atPace(samples: Float32Array, pace: number): Float32Array {
  if (pace === 1) return samples;
  const result = new Float32Array(Math.floor(samples.length / pace));
  /** What would be above half of the rate afterwards is left out. */
  const cutoff = Math.min(1, 1 / pace);
  for (let index = 0; index < result.length; index++) {
    const place = index * pace;
    const before = Math.floor(place);
    let sum = 0;
    for (let tap = before - TAPS + 1; tap <= before + TAPS; tap++)
      sum += (samples[tap] ?? 0) * kernel(place - tap, cutoff);
    result[index] = sum;
  }
  return result;
}

/** A sinc in a Hann window. */
function kernel(distance: number, cutoff: number): number {
  const angle = Math.PI * distance * cutoff;
  const sinc = Math.abs(angle) < 1e-9 ? 1 : Math.sin(angle) / angle;
  return cutoff * sinc * (0.5 + 0.5 * Math.cos((Math.PI * distance) / TAPS));
}
