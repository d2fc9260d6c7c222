/**
 * A head of openWakeWord's own kind, an ONNX model.
 */
import { EMBEDDING_SIZE } from './features.ts';
import { openOnnxModel } from './onnx-model.ts';
import type { WakeHead } from './wake-head.ts';

/** More than any model looks at: 5 s. */
const MOST_STEPS = 64;

/** @throws EarshotError `file_not_found`, `file_unreadable`, `wake_model_invalid`, `wake_unavailable` */
export async function openOnnxHead(path: string): Promise<WakeHead> {
  const model = await openOnnxModel(path, shapeOf, [1, 1]);
  return {
    steps: model.input.length / EMBEDDING_SIZE,
    score(embeddings) {
      model.input.set(embeddings);
      model.infer();
      return model.output[0] ?? 0;
    },
    close: () => model.close(),
  };
}

/** @throws Error it is not the head of a wake word model */
function shapeOf(shape: number[]): number[] {
  const [, steps = 0, size] = shape;
  if (shape.length !== 3 || size !== EMBEDDING_SIZE || !(steps > 0 && steps <= MOST_STEPS)) {
    throw new Error(`its input is [${shape.join(', ')}] instead of [1, STEPS, ${EMBEDDING_SIZE}]`);
  }
  return [1, steps, size];
}
