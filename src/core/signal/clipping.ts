/**
 * Finds clipping: runs of samples at the end of the scale, on one side. Pure.
 *
 * A single sample at the end is no proof (a signal may use exactly the whole scale); several in a row are.
 */
export interface ClippedRun {
  /** In samples from the beginning. */
  at: number;
  samples: number;
}

export interface ClippingDetector {
  add(samples: Float32Array | Int16Array): void;
  /** Ends a run that continues to the end. */
  finish(): void;
}

export interface ClippingOptions {
  /** The largest possible sample. */
  fullScale: number;
  /** Shorter runs do not count. */
  minSamples: number;
  onRun: (run: ClippedRun) => void;
}

/** Distance from the end of the scale that still counts as clipped: one step of 16 bit. */
const TOLERANCE = 2 ** -15;

export function createClippingDetector({ fullScale, minSamples, onRun }: ClippingOptions): ClippingDetector {
  const limit = fullScale * (1 - TOLERANCE);
  let at = 0;
  let side = 0;
  let length = 0;

  function end(): void {
    if (side !== 0 && length >= minSamples) onRun({ at: at - length, samples: length });
    side = 0;
    length = 0;
  }

  return {
    add(samples) {
      for (let i = 0; i < samples.length; i++, at++) {
        const sample = samples[i] ?? 0;
        const now = sample >= limit ? 1 : sample <= -limit ? -1 : 0;
        if (now !== side) {
          end();
          side = now;
        }
        if (now !== 0) length += 1;
      }
    },
    finish: end,
  };
}
