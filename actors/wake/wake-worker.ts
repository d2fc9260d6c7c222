/**
 * A thread that scores the sound of the microphone with openWakeWord's models: one long task, until it is asked to close.
 */
import type { MessagePort } from 'node:worker_threads';
import { createScope } from '../../src/core/actor/scope.ts';
import { type ErrorInfo, errorInfo } from '../../src/core/errors.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { STEP_SAMPLES } from './features.ts';
import { openScorer, type WakeModelFiles, type WakeScorer } from './scorer.ts';

export interface WakeTask {
  port: MessagePort;
  models: WakeModelFiles;
}

export type ToWakeThread = { kind: 'step'; samples: Int16Array; atMs: number } | { kind: 'close' };

export type FromWakeThread =
  | { kind: 'ready' }
  | { kind: 'failed'; error: ErrorInfo }
  /** Of the step that ended at this time. */
  | { kind: 'score'; score: number; atMs: number };

export default async function scoreSound({ port, models }: WakeTask): Promise<void> {
  const say = (message: FromWakeThread) => port.postMessage(message);
  let scorer: WakeScorer;
  try {
    scorer = await openScorer(models);
  } catch (error) {
    say({ kind: 'failed', error: errorInfo(error) });
    return;
  }
  // The first run of a model takes longer.
  scorer.push(new Int16Array(STEP_SAMPLES), 0);
  scorer.reset();
  await new Promise<void>((resolve, reject) => {
    const scope = createScope('the thread of the wake word', { clock: systemClock, log: silentLog, onCrash: reject });
    const handle = (message: ToWakeThread) => {
      if (message.kind === 'close') return resolve();
      const { samples, atMs } = message;
      say({ kind: 'score', score: scorer.push(samples, atMs), atMs });
    };
    port.on('message', scope.guard(handle));
    port.on('close', scope.guard(resolve));
    say({ kind: 'ready' });
  }).finally(() => scorer.close());
  port.close();
}
