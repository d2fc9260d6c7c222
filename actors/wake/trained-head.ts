/**
 * A wake word of one's own: a logistic regression on the newest embeddings, which `earshot wake train` writes as a JSON file.
 */
import * as v from 'valibot';
import { EarshotError } from '../../src/core/errors.ts';
import { readInput } from '../../src/core/files/input-file.ts';
import { EMBEDDING_SIZE } from './features.ts';
import type { WakeHead } from './wake-head.ts';

/** Looks at so many embeddings: 1.3 s, and 0.8 s before them, which the first embedding knows. */
export const TRAINED_STEPS = 16;
const WEIGHTS = TRAINED_STEPS * EMBEDDING_SIZE;
/** A head has 20 KB, and its report as much again. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

const finite = v.pipe(v.number(), v.finite());
const share = v.pipe(finite, v.minValue(0), v.maxValue(1));

const trainedHead = v.object({
  /** Of this file. */
  format: v.literal('earshot wake word'),
  version: v.literal(1),
  phrase: v.string(),
  /** Of the decision, determined with voices that were not trained. */
  threshold: share,
  /** How long the phrase takes, median of the training. */
  phraseMs: v.pipe(finite, v.minValue(0), v.maxValue(10_000)),
  bias: finite,
  /** The oldest embedding first. */
  weights: v.pipe(v.array(finite), v.length(WEIGHTS)),
  /** What it was trained with, and what it reached: for people. */
  training: v.record(v.string(), v.unknown()),
});
export type TrainedHead = v.InferOutput<typeof trainedHead>;

/** @throws EarshotError `file_not_found`, `file_unreadable`, `wake_model_invalid` */
export async function readTrainedHead(path: string): Promise<TrainedHead> {
  const bytes = await readInput(path, { maxBytes: MAX_FILE_BYTES, kind: 'wake word' });
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw invalid(path, 'it is not JSON');
  }
  const { success, output, issues } = v.safeParse(trainedHead, value);
  if (success) return output;
  const [issue] = issues;
  throw invalid(path, `${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`);
}

export async function openTrainedHead(path: string): Promise<WakeHead> {
  return headOf(await readTrainedHead(path));
}

export function headOf({ bias, weights }: Pick<TrainedHead, 'bias' | 'weights'>): WakeHead {
  const factors = Float32Array.from(weights);
  return {
    steps: TRAINED_STEPS,
    score(embeddings) {
      let sum = bias;
      for (let index = 0; index < factors.length; index += 1) sum += (factors[index] ?? 0) * (embeddings[index] ?? 0);
      return 1 / (1 + Math.exp(-sum));
    },
    close() {},
  };
}

function invalid(path: string, reason: string): EarshotError {
  return new EarshotError('wake_model_invalid', `${path} is no wake word: ${reason}`, 'Make one: earshot wake train.');
}
