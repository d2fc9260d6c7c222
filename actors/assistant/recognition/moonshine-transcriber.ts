/**
 * The embedded recogniser: Moonshine tiny in threads, because a pass blocks its thread for about 50 ms for each second of speech.
 */

import type { QueueRegistry } from '../../../src/core/actor/queue-metrics.ts';
import type { Log } from '../../../src/core/log/log.ts';
import { ownCores } from '../../../src/core/threads/own-cores.ts';
import { createThreadPool } from '../../../src/core/threads/thread-pool.ts';
import type { Clock } from '../../../src/core/time/clock.ts';
import type { Transcriber } from '../parts/transcriber.ts';
import { beginUtterance } from './moonshine-utterance.ts';
import { createPassScheduler, type PassCounts, type PassScheduler } from './pass-scheduler.ts';
import type { RecognitionTask } from './recogniser-worker.ts';
import { createRecognisers, type Recogniser } from './recognisers.ts';
import { createUtteranceDecoders } from './utterance-decoder.ts';

export interface MoonshineOptions {
  model: RecognitionTask['model'];
  /** Recognisers, each with a thread and a model (220 MB). Default: 1 to half the number of processors. */
  min?: number;
  max?: number;
  /** Passes that wait for a thread. */
  queueLimit?: number;
  queues?: QueueRegistry | undefined;
  clock: Clock;
  log: Log;
}

export interface MoonshineTranscriber extends Transcriber {
  prepare(): Promise<void>;
  counts(): PassCounts;
}

/** The longest window takes 1 s on a quiet machine. The first pass of a thread loads the model. */
const PASS_MS = 30_000;
/** At 150 ms a pass: 5 s. */
const QUEUE_LIMIT = 32;
/** Beyond this the memory of the models is missing elsewhere. */
const MAX_RECOGNISERS = 4;
/** What is not understood is heard again so often at the same time, if there are as many processors. */
const MAX_HEARINGS_AT_ONCE = 2;

export function createMoonshineTranscriber(options: MoonshineOptions): MoonshineTranscriber {
  const { clock, log } = options;
  const { min = 1, max = Math.max(min, defaultMax()), queueLimit = QUEUE_LIMIT } = options;
  const hearingsAtOnce = Math.min(MAX_HEARINGS_AT_ONCE, ownCores());
  const decoders = createUtteranceDecoders({ clock, log });
  const open = () => openRecogniser(options);
  const recognisers = createRecognisers({ min, max, open, onMore: () => scheduler.onMore(), clock, log });
  const scheduler: PassScheduler = createPassScheduler({ recognisers, queueLimit, clock });
  const unwatch = options.queues?.watch(() => [decoders.queue(), scheduler.queue()]);

  return {
    begin: (utterance) => beginUtterance({ decoders, scheduler, hearingsAtOnce, clock }, utterance),
    async prepare() {
      await Promise.all([decoders.prepare(), recognisers.prepare()]);
    },
    counts: () => scheduler.counts(),
    async close() {
      unwatch?.();
      await Promise.all([decoders.close(), recognisers.close()]);
    },
  };
}

/** The other processors are for the voice and the gateway. */
function defaultMax(): number {
  return Math.min(MAX_RECOGNISERS, Math.max(1, Math.floor(ownCores() / 2)));
}

/** A thread that is replaced when it crashes; the pass is then repeated. */
function openRecogniser({ model, clock, log }: MoonshineOptions): Recogniser {
  const pool = createThreadPool<RecognitionTask, string[]>({
    name: 'recognition',
    // In the bundle, this file and the worker are both in dist/; from source, the thread inherits tsx's loader.
    worker: new URL(
      import.meta.url.endsWith('.ts') ? './recogniser-worker.ts' : './recogniser-worker.js',
      import.meta.url,
    ),
    minThreads: 1,
    maxThreads: 1,
    // The scheduler waits until it is free.
    queueLimit: 1,
    taskMs: PASS_MS,
    isInterruptible: false,
    clock,
    log,
  });
  // A pass cannot be ended.
  const { signal } = new AbortController();
  return { recognise: (hearings) => pool.run({ model, hearings }, signal), close: () => pool.close() };
}
