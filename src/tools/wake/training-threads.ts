/** What the training computes runs in threads: on all cores, and the command shows its progress meanwhile. */
import { availableParallelism } from 'node:os';
import { type FeatureModels, openFeatures } from '../../../actors/wake/features.ts';
import { EarshotError } from '../../core/errors.ts';
import type { Log } from '../../core/log/log.ts';
import { createThreadPool } from '../../core/threads/thread-pool.ts';
import type { Clock } from '../../core/time/clock.ts';
import { type EmbeddedWindow, windowsOf } from './embedded-sound.ts';
import type { Example, Regression } from './regression.ts';
import type { TrainingResult, TrainingTask } from './training-worker.ts';

/** A thread has the models and their runtime: 40 MB. */
const MOST_THREADS = 4;
/** The longest is to learn; on a Pi it takes some minutes. */
const TASK_MS = 1_800_000;

export interface TrainingThreads {
  /** Sounds that may be given at a time. */
  readonly atOnce: number;
  embed(samples: Int16Array): Promise<EmbeddedWindow[]>;
  learn(examples: readonly Example[], seed: number): Promise<Regression>;
  close(): Promise<void>;
}

/** @throws EarshotError `wake_unavailable`, `wake_model_invalid` */
export async function openTrainingThreads(
  models: FeatureModels,
  { clock, log }: { clock: Clock; log: Log },
): Promise<TrainingThreads> {
  // A thread could not say what is wrong.
  (await openFeatures(models)).close();
  const threads = Math.min(MOST_THREADS, availableParallelism());
  const atOnce = 2 * threads;
  const { signal } = new AbortController();
  const pool = createThreadPool<TrainingTask, TrainingResult>({
    name: 'training of a wake word',
    worker: new URL(import.meta.url.endsWith('.ts') ? './training-worker.ts' : './training-worker.js', import.meta.url),
    ...{ minThreads: 1, maxThreads: threads, queueLimit: atOnce, taskMs: TASK_MS, clock, log },
  });

  async function run<Type extends TrainingTask['type']>(task: Extract<TrainingTask, { type: Type }>) {
    const result = await pool.run(task, signal);
    if (result.type !== task.type) throw new EarshotError('internal', `A thread answered ${result.type}`, '');
    return result as Extract<TrainingResult, { type: Type }>;
  }

  return {
    atOnce,
    embed: async (samples) => windowsOf((await run({ type: 'embed', models, samples })).embeddings),
    learn: async (examples, seed) => (await run({ type: 'learn', examples, seed })).regression,
    close: () => pool.close(),
  };
}
