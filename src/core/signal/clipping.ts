/**
 * Finds where a sound was too loud for its samples: runs of them at the end of the scale, on one side. Pure.
 *
 * A single sample at the end is no proof (a sound may be as loud as possible and no louder), several in a row are.
 */
export interface ClippedRun {
  /** In samples from the beginning. */
  at: number;
  samples: number;
}

export interface ClippingDetector {
  add(samples: Float32Array | Int16Array): void;
  /** Ends a run that lasts to the end. */
  finish(): void;
}

export interface ClippingOptions {
  /** The largest sample there can be. */
  fullScale: number;
  /** Shorter runs are none. */
  minSamples: number;
  onRun: (run: ClippedRun) => void;
}

/** How near the end of the scale is at the end: a step of 16 bit. */
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
