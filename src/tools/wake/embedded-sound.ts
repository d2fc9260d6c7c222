/** Sound as a wake word model sees it: the newest embeddings, every 80 ms. */
import { EMBEDDING_SIZE, type FeatureModels, openFeatures, STEP_SAMPLES } from '../../../actors/wake/features.ts';
import { TRAINED_STEPS } from '../../../actors/wake/trained-head.ts';

export interface Embedder {
  /** A window for each step; `end`: the sample after the last that it knows. */
  embed(samples: Int16Array): Promise<{ input: Float32Array; end: number }[]>;
  close(): void;
}

/** Between two of them others may run: a signal, the progress. */
const STEPS_AT_ONCE = 25;

/** @throws EarshotError `wake_unavailable`, `wake_model_invalid` */
export async function openEmbedder(models: FeatureModels): Promise<Embedder> {
  const features = await openFeatures(models);
  return {
    async embed(samples) {
      features.reset();
      const window = new Float32Array(TRAINED_STEPS * EMBEDDING_SIZE);
      const windows: { input: Float32Array; end: number }[] = [];
      for (let step = 0; (step + 1) * STEP_SAMPLES <= samples.length; step += 1) {
        if (step % STEPS_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
        const end = (step + 1) * STEP_SAMPLES;
        window.copyWithin(0, EMBEDDING_SIZE);
        window.set(features.push(samples.subarray(end - STEP_SAMPLES, end)), window.length - EMBEDDING_SIZE);
        if (step + 1 >= TRAINED_STEPS) windows.push({ input: window.slice(), end });
      }
      return windows;
    },
    close: () => features.close(),
  };
}
