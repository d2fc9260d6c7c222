/**
 * An ONNX model with one input and one output of fixed sizes, both of floats. Its memory is made once and used for every run.
 */

import { EarshotError, messageOf } from '../../src/core/errors.ts';
import { readInput } from '../../src/core/files/input-file.ts';
import { floatsIn, loadOnnxLibrary, type OnnxLibrary } from './onnx-library.ts';

export interface OnnxModel {
  /** To be written before a run. */
  readonly input: Float32Array;
  /** To be read after it; the next run overwrites it. */
  readonly output: Float32Array;
  infer(): void;
  close(): void;
}

/** Of the models of openWakeWord none has more than 2 MB. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

let library: Promise<OnnxLibrary> | undefined;

/**
 * @param inputShape the sizes, or a function of those in the model
 * @throws EarshotError `wake_unavailable`, `file_not_found`, `file_unreadable`, `wake_model_invalid`
 */
export async function openOnnxModel(
  path: string,
  inputShape: readonly number[] | ((shape: number[]) => readonly number[]),
  outputShape: readonly number[],
): Promise<OnnxModel> {
  library ??= loadOnnxLibrary().catch((error: unknown) => {
    library = undefined;
    throw error;
  });
  const onnx = await library;
  const file = await readInput(path, { maxBytes: MAX_FILE_BYTES, kind: 'wake word model' });
  try {
    const session = onnx.createSession(file);
    const inShape = typeof inputShape === 'function' ? inputShape(onnx.inputShape(session)) : inputShape;
    const memory = [inShape, outputShape].map((shape) => onnx.allocate(floatsIn(shape))) as [unknown, unknown];
    const [input, output] = [onnx.createTensor(memory[0], inShape), onnx.createTensor(memory[1], outputShape)];
    const [inputName, outputName] = [onnx.inputName(session), onnx.outputName(session)];
    return {
      input: onnx.floatsOf(memory[0], floatsIn(inShape)),
      output: onnx.floatsOf(memory[1], floatsIn(outputShape)),
      infer: () => onnx.infer(session, [inputName, input], [outputName, output]),
      close() {
        for (const tensor of [input, output]) onnx.releaseTensor(tensor);
        onnx.releaseSession(session);
        for (const each of memory) onnx.free(each);
      },
    };
  } catch (cause) {
    if (cause instanceof EarshotError) throw cause;
    const hint = 'Fetch it again, or choose another file.';
    throw new EarshotError('wake_model_invalid', `${path} is no model of a wake word: ${messageOf(cause)}`, hint, {
      cause,
    });
  }
}
