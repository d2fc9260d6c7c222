/**
 * Cuts blocks of any length into steps of 80 ms. Pure.
 */
import { SAMPLE_RATE_HZ } from '../../src/protocol/format.ts';
import { STEP_SAMPLES } from './features.ts';

const MS_PER_SAMPLE = 1_000 / SAMPLE_RATE_HZ;
/** Blocks of a card are this much earlier or later than their samples say. More is a gap: what was collected before it is forgotten. */
const GAP_MS = 40;

export class StepCutter {
  #step = new Int16Array(STEP_SAMPLES);
  #filled = 0;
  /** When the last collected sample was recorded. */
  #lastAtMs = Number.NEGATIVE_INFINITY;
  readonly #onStep: (step: Int16Array, atMs: number) => void;

  /** `onStep` gets an array of its own, and the time of its last sample. */
  constructor(onStep: (step: Int16Array, atMs: number) => void) {
    this.#onStep = onStep;
  }

  push(samples: Int16Array, lastSampleAtMs: number): void {
    const firstAtMs = lastSampleAtMs - (samples.length - 1) * MS_PER_SAMPLE;
    if (firstAtMs - this.#lastAtMs > GAP_MS) this.#filled = 0;
    this.#lastAtMs = lastSampleAtMs;
    for (let at = 0; at < samples.length; ) {
      const piece = samples.subarray(at, at + STEP_SAMPLES - this.#filled);
      this.#step.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled < STEP_SAMPLES) return;
      const step = this.#step;
      this.#step = new Int16Array(STEP_SAMPLES);
      this.#filled = 0;
      this.#onStep(step, lastSampleAtMs - (samples.length - at) * MS_PER_SAMPLE);
    }
  }
}
