/**
 * The thread that scores: the audio thread gives it steps of 80 ms and never waits for it.
 */
import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { Scope } from '../../src/core/actor/scope.ts';
import { EarshotError, errorFields, messageOf } from '../../src/core/errors.ts';
import { createOccasionalLog } from '../../src/core/log/occasional-log.ts';
import { STEP_MS } from './features.ts';
import type { WakeModelFiles } from './scorer.ts';
import type { FromWakeThread, ToWakeThread, WakeTask } from './wake-worker.ts';

export interface WakeThread {
  /** The samples are handed over: the caller must not use them any more. */
  push(step: Int16Array, atMs: number): void;
  close(): void;
}

/** Steps that wait: 2 s. A board that is slower cannot do it at all; new steps are dropped and counted. */
const MOST_WAITING = 25;
/** The models' own memory is not part of it. */
const HEAP_LIMIT_MB = 64;

/** Resolves when the models are loaded. @throws EarshotError like `openScorer` */
export function startWakeThread(
  models: WakeModelFiles,
  onScore: (score: number, atMs: number) => void,
  scope: Scope,
): Promise<WakeThread> {
  const { log, clock } = scope;
  const occasionally = createOccasionalLog(log, clock.now);
  const pool = new Piscina({
    // In the bundle, this file and the worker are both in dist/; from source, the thread inherits tsx's loader.
    filename: new URL(import.meta.url.endsWith('.ts') ? './wake-worker.ts' : './wake-worker.js', import.meta.url).href,
    minThreads: 1,
    maxThreads: 1,
    atomics: 'disabled',
    resourceLimits: { maxOldGenerationSizeMb: HEAP_LIMIT_MB },
  });
  const { port1: port, port2 } = new MessageChannel();
  const tell = (message: ToWakeThread, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  let waiting = 0;
  let isClosed = false;

  const logFailure = (error: unknown) =>
    log.debug('the thread of the wake word failed as it ended', errorFields(error));
  pool.on('error', scope.guard(logFailure));
  const ended = pool.run({ port: port2, models } satisfies WakeTask, { transferList: [port2] }) as Promise<void>;

  function close(): void {
    if (isClosed) return;
    isClosed = true;
    tell({ kind: 'close' });
    // Not in the scope, which may be over: nobody waits for the thread.
    ended
      .catch(logFailure)
      .then(() => pool.destroy())
      .catch(logFailure);
    port.close();
  }

  const thread: WakeThread = {
    push(step, atMs) {
      if (isClosed) return;
      if (waiting >= MOST_WAITING) {
        occasionally('the wake word engine is too slow: sound was not heard', { missedMs: STEP_MS });
        return;
      }
      waiting += 1;
      tell({ kind: 'step', samples: step, atMs }, [step.buffer as ArrayBuffer]);
    },
    close,
  };

  scope.onEnd(close);
  return new Promise((resolve, reject) => {
    function receive(message: FromWakeThread): void {
      if (isClosed) return;
      switch (message.kind) {
        case 'ready':
          return resolve(thread);
        case 'failed': {
          close();
          const { code, message: text, hint } = message.error;
          return reject(new EarshotError(code, text, hint));
        }
        case 'score':
          waiting -= 1;
          onScore(message.score, message.atMs);
      }
    }
    port.on('message', scope.guard(receive));
    ended.then(
      () => {},
      scope.guard((cause: unknown) => {
        if (isClosed) return;
        close();
        const hint = 'It is restarted automatically.';
        const error = new EarshotError('actor_crashed', `The wake word engine ended: ${messageOf(cause)}`, hint);
        reject(error);
        scope.crash(error);
      }),
    );
  });
}
