/** Sound as a wake word model sees it: the newest embeddings, every 80 ms. */
import { EMBEDDING_SIZE, STEP_SAMPLES, type WakeFeatures } from '../../../actors/wake/features.ts';
import { TRAINED_STEPS } from '../../../actors/wake/trained-head.ts';

export interface EmbeddedWindow {
  /** Those of {@link TRAINED_STEPS} steps. */
  input: Float32Array;
  /** The sample after the last that it knows. */
  end: number;
}

/** The embedding of each step, one after the other; in memory that threads share, because it is read by another one. */
export function embed(features: WakeFeatures, samples: Int16Array): Float32Array {
  features.reset();
  const steps = Math.floor(samples.length / STEP_SAMPLES);
  const bytes = steps * EMBEDDING_SIZE * Float32Array.BYTES_PER_ELEMENT;
  const embeddings = new Float32Array(new SharedArrayBuffer(bytes));
  for (let step = 0; step < steps; step += 1) {
    const samplesOfStep = samples.subarray(step * STEP_SAMPLES, (step + 1) * STEP_SAMPLES);
    embeddings.set(features.push(samplesOfStep), step * EMBEDDING_SIZE);
  }
  return embeddings;
}

/** Views of them, one for each step from the first full window on. */
export function windowsOf(embeddings: Float32Array): EmbeddedWindow[] {
  const windows: EmbeddedWindow[] = [];
  const steps = embeddings.length / EMBEDDING_SIZE;
  for (let last = TRAINED_STEPS; last <= steps; last += 1) {
    const input = embeddings.subarray((last - TRAINED_STEPS) * EMBEDDING_SIZE, last * EMBEDDING_SIZE);
    windows.push({ input, end: last * STEP_SAMPLES });
  }
  return windows;
}
