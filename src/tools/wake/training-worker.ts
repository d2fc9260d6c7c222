/** A thread of the training: it embeds sounds, and learns the regression. */
import { type FeatureModels, openFeatures, type WakeFeatures } from '../../../actors/wake/features.ts';
import { embed } from './embedded-sound.ts';
import { type Example, type Regression, trainRegression } from './regression.ts';

export type TrainingTask =
  | { type: 'embed'; models: FeatureModels; samples: Int16Array }
  | { type: 'learn'; examples: readonly Example[]; seed: number };

export type TrainingResult = { type: 'embed'; embeddings: Float32Array } | { type: 'learn'; regression: Regression };

/** As long as the thread. */
let features: Promise<WakeFeatures> | undefined;

export default async function train(task: TrainingTask): Promise<TrainingResult> {
  if (task.type === 'learn') return { type: 'learn', regression: trainRegression(task.examples, task.seed) };
  features ??= openFeatures(task.models);
  return { type: 'embed', embeddings: embed(await features, task.samples) };
}
