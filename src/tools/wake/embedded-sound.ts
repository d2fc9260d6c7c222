/** Sound as a wake word model sees it: the newest embeddings, every 80 ms. */
import { EMBEDDING_SIZE, STEP_SAMPLES, type WakeFeatures } from '../../../actors/wake/features.ts';
import { TRAINED_STEPS } from '../../../actors/wake/trained-head.ts';

export interface EmbeddedWindow {
  /** Those of {@link TRAINED_STEPS} steps. */
  input: Float32Array;
  /** The sample after the last that it knows. */
  end: number;
}

/** Before the first sample there is silence, as the engine assumes it when it begins to listen. */
const quietOf = new WeakMap<WakeFeatures, Float32Array>();

function quietBefore(features: WakeFeatures): Float32Array {
  const known = quietOf.get(features);
  if (known) return known;
  const quiet = new Float32Array(TRAINED_STEPS * EMBEDDING_SIZE);
  const silence = new Int16Array(STEP_SAMPLES);
  features.reset();
  for (let step = 0; step < TRAINED_STEPS; step += 1) quiet.set(features.push(silence), step * EMBEDDING_SIZE);
  quietOf.set(features, quiet);
  return quiet;
}

/** The embeddings of the silence before, and of each step; in memory that threads share, because another one reads it. */
export function embed(features: WakeFeatures, samples: Int16Array): Float32Array {
  const quiet = quietBefore(features);
  features.reset();
  const steps = Math.floor(samples.length / STEP_SAMPLES);
  const bytes = (TRAINED_STEPS + steps) * EMBEDDING_SIZE * Float32Array.BYTES_PER_ELEMENT;
  const embeddings = new Float32Array(new SharedArrayBuffer(bytes));
  embeddings.set(quiet);
  for (let step = 0; step < steps; step += 1) {
    const samplesOfStep = samples.subarray(step * STEP_SAMPLES, (step + 1) * STEP_SAMPLES);
    embeddings.set(features.push(samplesOfStep), (TRAINED_STEPS + step) * EMBEDDING_SIZE);
  }
  return embeddings;
}

/** Views of them: what the engine sees at the end of each step, from the first on. */
export function windowsOf(embeddings: Float32Array): EmbeddedWindow[] {
  const windows: EmbeddedWindow[] = [];
  const steps = embeddings.length / EMBEDDING_SIZE - TRAINED_STEPS;
  for (let step = 1; step <= steps; step += 1) {
    const input = embeddings.subarray(step * EMBEDDING_SIZE, (step + TRAINED_STEPS) * EMBEDDING_SIZE);
    windows.push({ input, end: step * STEP_SAMPLES });
  }
  return windows;
}
