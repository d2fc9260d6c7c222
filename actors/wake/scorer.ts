/**
 * A wake word model as a whole: sound in, a score of every 80 ms out. It blocks for about 1.5 ms a step, so it runs in a thread.
 */
import { EMBEDDING_SIZE, type FeatureModels, openFeatures, STEP_MS, type WakeFeatures } from './features.ts';
import { openOnnxHead } from './onnx-head.ts';
import { openTrainedHead } from './trained-head.ts';
import type { WakeHead } from './wake-head.ts';

/** Paths. */
export interface WakeModelFiles extends FeatureModels {
  head: string;
}

/** More than the card's clock and the system's can differ within a step. */
const GAP_MS = STEP_MS / 2;

export class WakeScorer {
  readonly #features: WakeFeatures;
  readonly #head: WakeHead;
  /** The newest, the oldest first. */
  readonly #embeddings: Float32Array;
  /** After silence. */
  readonly #quiet: Float32Array;
  #lastAtMs: number | undefined;

  constructor(features: WakeFeatures, head: WakeHead) {
    this.#features = features;
    this.#head = head;
    features.reset();
    const silence = new Int16Array(STEP_MS * 16);
    this.#embeddings = new Float32Array(head.steps * EMBEDDING_SIZE);
    for (let step = 0; step < head.steps; step += 1) this.#append(features.push(silence));
    this.#quiet = this.#embeddings.slice();
  }

  /** The score at the end of the step. `atMs`: of its last sample; after a gap what was before it is forgotten. */
  push(step: Int16Array, atMs: number): number {
    const isGap = this.#lastAtMs !== undefined && Math.abs(atMs - this.#lastAtMs - STEP_MS) > GAP_MS;
    if (isGap) this.reset();
    this.#lastAtMs = atMs;
    this.#append(this.#features.push(step));
    return this.#head.score(this.#embeddings);
  }

  reset(): void {
    this.#features.reset();
    this.#embeddings.set(this.#quiet);
    this.#lastAtMs = undefined;
  }

  close(): void {
    this.#features.close();
    this.#head.close();
  }

  #append(embedding: Float32Array): void {
    this.#embeddings.copyWithin(0, EMBEDDING_SIZE);
    this.#embeddings.set(embedding, this.#embeddings.length - EMBEDDING_SIZE);
  }
}

/** @throws EarshotError `wake_unavailable`, `wake_model_invalid`, `file_not_found`, `file_unreadable` */
export async function openScorer({ mel, embedding, head }: WakeModelFiles): Promise<WakeScorer> {
  const features = await openFeatures({ mel, embedding });
  const openHead = head.endsWith('.json') ? openTrainedHead : openOnnxHead;
  return new WakeScorer(features, await openHead(head));
}
