/**
 * The waveform of a recording as one peak a column, and where a point of it is in time. Pure.
 */

/** The loudest sample of each column, 0 to 1. Columns beyond the last sample are 0. */
export function peaksOf(samples: Float32Array, columns: number): Float32Array {
  const peaks = new Float32Array(Math.max(0, Math.floor(columns)));
  for (let column = 0; column < peaks.length; column++) {
    const end = Math.floor(((column + 1) * samples.length) / peaks.length);
    let peak = 0;
    for (let i = Math.floor((column * samples.length) / peaks.length); i < end; i++) {
      const size = Math.abs(samples[i] as number);
      if (size > peak) peak = size;
    }
    peaks[column] = Math.min(1, peak);
  }
  return peaks;
}

/** Louder by one factor, so that quiet speech is seen: the loudest column becomes 1, but silence stays flat. */
export function normalised(peaks: Float32Array): Float32Array {
  const loudest = peaks.reduce((max, peak) => Math.max(max, peak), 0);
  const factor = 1 / Math.max(loudest, QUIETEST_SHOWN_LARGE);
  return peaks.map((peak) => peak * factor);
}
/** −26 dB below full scale: what is quieter in all is not enlarged to full height. */
const QUIETEST_SHOWN_LARGE = 0.05;

/** The time at a point `x` of a waveform that is `width` wide, in seconds. */
export function timeAt(x: number, width: number, durationS: number): number {
  if (!(width > 0)) return 0;
  return Math.min(durationS, Math.max(0, (x / width) * durationS));
}

/** Where a key of the slider moves playback to, in seconds; undefined: it is not a key of the slider. */
export function timeAfterKey(key: string, atS: number, durationS: number): number | undefined {
  const target = {
    ArrowLeft: atS - 1,
    ArrowDown: atS - 1,
    ArrowRight: atS + 1,
    ArrowUp: atS + 1,
    PageDown: atS - 10,
    PageUp: atS + 10,
    Home: 0,
    End: durationS,
  }[key];
  return target === undefined ? undefined : Math.min(durationS, Math.max(0, target));
}
