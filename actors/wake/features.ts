/**
 * The features of openWakeWord (github.com/dscripka/openWakeWord): a mel spectrogram of every 10 ms; of every 80 ms an embedding of the last
 * 775 ms, made by Google's speech embedding model. What is computed for one wake word serves every other.
 */
import { type OnnxModel, openOnnxModel } from './onnx-model.ts';

/** Samples of a step: 80 ms at 16 kHz. */
export const STEP_SAMPLES = 1_280;
export const STEP_MS = 80;
/** Numbers of one embedding. */
export const EMBEDDING_SIZE = 96;

/** The mel model needs these samples before the step as well: its windows overlap. */
const CONTEXT_SAMPLES = 480;
const STEP_MEL_FRAMES = 8;
const MEL_BANDS = 32;
/** Mel frames of one embedding. */
const WINDOW_MEL_FRAMES = 76;
/** Steps until the state does not depend any more on what it was at first. */
const WARM_UP_STEPS = 12;

export interface FeatureModels {
  mel: string;
  embedding: string;
}

export interface WakeFeatures {
  /** The embedding at the end of the next step. It is valid until the next call. */
  push(step: Int16Array): Float32Array;
  /** Forgets what it heard, as after a silence. */
  reset(): void;
  close(): void;
}

/** @throws EarshotError like `openOnnxModel` */
export async function openFeatures({ mel, embedding }: FeatureModels): Promise<WakeFeatures> {
  const melModel = await openOnnxModel(mel, [1, CONTEXT_SAMPLES + STEP_SAMPLES], [1, 1, STEP_MEL_FRAMES, MEL_BANDS]);
  const embeddingModel = await openOnnxModel(
    embedding,
    [1, WINDOW_MEL_FRAMES, MEL_BANDS, 1],
    [1, 1, 1, EMBEDDING_SIZE],
  );
  const features = new Features(melModel, embeddingModel);
  const silence = new Int16Array(STEP_SAMPLES);
  for (let step = 0; step < WARM_UP_STEPS; step += 1) features.push(silence);
  features.keepState();
  return features;
}

class Features implements WakeFeatures {
  readonly #mel: OnnxModel;
  readonly #embedding: OnnxModel;
  #quiet: Float32Array | undefined;

  constructor(mel: OnnxModel, embedding: OnnxModel) {
    this.#mel = mel;
    this.#embedding = embedding;
  }

  push(step: Int16Array): Float32Array {
    const samples = this.#mel.input;
    samples.copyWithin(0, STEP_SAMPLES);
    // The model was trained with samples of 16 bits as they are.
    samples.set(step, CONTEXT_SAMPLES);
    this.#mel.infer();
    const window = this.#embedding.input;
    const { output } = this.#mel;
    window.copyWithin(0, output.length);
    const at = window.length - output.length;
    // The scale of the embedding model's own mel spectrogram.
    for (const [index, value] of output.entries()) window[at + index] = value / 10 + 2;
    this.#embedding.infer();
    return this.#embedding.output;
  }

  /** The state after silence, to which `reset` returns. */
  keepState(): void {
    this.#quiet = this.#embedding.input.slice();
  }

  reset(): void {
    this.#mel.input.fill(0);
    if (this.#quiet) this.#embedding.input.set(this.#quiet);
  }

  close(): void {
    this.#mel.close();
    this.#embedding.close();
  }
}
