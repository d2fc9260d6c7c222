/**
 * The level of a signal in each window, without its DC offset: used to detect silence and the noise floor. Pure.
 */
export interface WindowLevels {
  /** `onWindow` gets the root mean square of each full window, from 0 to 1. */
  add(samples: Float32Array | Int16Array, onWindow: (rms: number) => void): void;
}

/** `fullScale`: 1 for floating point samples, 32,768 for 16 bit. */
export function createWindowLevels(windowSamples: number, fullScale: number): WindowLevels {
  let sum = 0;
  let squares = 0;
  let filled = 0;
  return {
    add(samples, onWindow) {
      for (let i = 0; i < samples.length; i++) {
        const sample = (samples[i] ?? 0) / fullScale;
        sum += sample;
        squares += sample * sample;
        filled += 1;
        if (filled < windowSamples) continue;
        const mean = sum / filled;
        onWindow(Math.sqrt(Math.max(0, squares / filled - mean * mean)));
        sum = 0;
        squares = 0;
        filled = 0;
      }
    },
  };
}
