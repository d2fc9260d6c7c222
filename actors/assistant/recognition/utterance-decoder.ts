/**
 * Turns the speech of turns, as it arrives (Opus frames with gaps), into samples: for the embedded recogniser, and for providers that
 * take PCM. One thread decodes for all utterances: that takes it about 1 ms for each second of speech.
 *
 *     const decoders = createUtteranceDecoders({ clock, log });
 *     const decoder = decoders.begin({ signal, onResult: (samples) => parts.push(samples) });
 *     decoder.push(frames, gapSamples);
 *     await decoder.finish();
 */
import type { QueueMetrics } from '../../../src/core/actor/queue-metrics.ts';
import { EarshotError } from '../../../src/core/errors.ts';
import type { Log } from '../../../src/core/log/log.ts';
import { createThreadPool, type ThreadPool, type ThreadPoolOptions } from '../../../src/core/threads/thread-pool.ts';
import type { Clock } from '../../../src/core/time/clock.ts';
import type { DecodingTask } from './decoding-worker.ts';

/** The results are samples: mono, 16 kHz. */
export type UtteranceDecoders = UtteranceThread<Int16Array>;

/** One thread for all utterances, which it gets in order, each from its beginning. */
export interface UtteranceThread<Result> {
  begin(options: UtteranceDecoderOptions<Result>): UtteranceDecoder;
  /** Starts the thread. */
  prepare(): Promise<void>;
  /** For the inspector. */
  queue(): QueueMetrics;
  close(): Promise<void>;
}

export interface UtteranceDecoderOptions<Result> {
  /** Ends the decoding at once; `onResult` is not called afterwards. */
  signal: AbortSignal;
  /** Of the next frames, in order. It belongs to the receiver. Must not throw. */
  onResult(result: Result): void;
}

/** The speech of one utterance. Neither method blocks. */
export interface UtteranceDecoder {
  /**
   * See `Utterance.push`. A frame that is not Opus is concealed, and of a gap at most one second is returned as silence. Frames that
   * arrive faster than they are decoded are kept: at most {@link MAX_WAITING_FRAMES}; then `finish` fails.
   */
  push(frames: readonly Uint8Array[], gapSamples: number): void;
  /** Resolves after the last samples. @throws EarshotError `assistant_busy`, `assistant_failed`, `assistant_timeout`; the signal's reason */
  finish(): Promise<void>;
}

/** Speech of one minute: a thread that is so late does not work. */
export const MAX_WAITING_FRAMES = 3_000;
/** Silence is only repeated in part: it says nothing, and a device could name any length. */
export const MAX_GAP_SAMPLES = 16_000;
/** One minute of speech takes 60 ms on a quiet machine. */
const TASK_MS = 10_000;
/** Tasks of utterances; each has one at a time. */
const QUEUE_LIMIT = 256;

export function createUtteranceDecoders({ clock, log }: { clock: Clock; log: Log }): UtteranceDecoders {
  const undecodable = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const thread = createUtteranceThread<Int16Array>({
    name: 'decoding of speech',
    // In the bundle, this file and the worker are both in dist/; from source, the thread inherits tsx's loader.
    worker: new URL(import.meta.url.endsWith('.ts') ? './decoding-worker.ts' : './decoding-worker.js', import.meta.url),
    ...{ about: { undecodable }, clock, log },
  });

  /** Those of an utterance that was aborted are told with the next one. */
  function tellUndecodable(): void {
    const frames = Atomics.exchange(undecodable, 0, 0);
    if (frames > 0) log.warn('frames of speech were not Opus, and were concealed', { frames });
  }

  return {
    ...thread,
    begin(options) {
      const decoder = thread.begin(options);
      return {
        ...decoder,
        async finish() {
          await decoder.finish();
          tellUndecodable();
        },
      };
    },
  };
}

export interface UtteranceThreadOptions extends Pick<ThreadPoolOptions, 'name' | 'worker' | 'clock' | 'log'> {
  /** What each task has beside its frames. */
  about: object;
}

export function createUtteranceThread<Result>({
  name,
  worker,
  about,
  clock,
  log,
}: UtteranceThreadOptions): UtteranceThread<Result> {
  const pool = createThreadPool<DecodingTask, Result>({
    ...{ name, worker },
    // The decoders are in the thread.
    minThreads: 1,
    maxThreads: 1,
    queueLimit: QUEUE_LIMIT,
    taskMs: TASK_MS,
    // Opus and Silero's detector are native addons.
    isInterruptible: false,
    clock,
    log,
  });
  let utterances = 0;

  return {
    begin(options) {
      utterances += 1;
      return beginDecoding(pool, utterances, about, options);
    },
    async prepare() {
      utterances += 1;
      const nothing = { ...about, utterance: utterances, frames: [], gapSamples: 0, isLast: true };
      await pool.run(nothing, new AbortController().signal);
    },
    queue: () => pool.queue(),
    close: () => pool.close(),
  };
}

function beginDecoding<Result>(
  pool: Pick<ThreadPool<DecodingTask, Result>, 'run'>,
  utterance: number,
  about: object,
  { signal, onResult }: UtteranceDecoderOptions<Result>,
): UtteranceDecoder {
  let waiting: Uint8Array[] = [];
  /** In front of `waiting`; a gap in the middle of waiting frames is moved there. */
  let waitingGap = 0;
  let isFinished = false;
  let failure: unknown;
  /** Runs while there is something to decode: one task at a time keeps the order. */
  let work: Promise<void> | undefined;

  async function decodeAll(): Promise<void> {
    try {
      do {
        const task = { ...about, utterance, frames: waiting, gapSamples: waitingGap, isLast: isFinished };
        waiting = [];
        waitingGap = 0;
        onResult(await pool.run(task, signal));
        if (task.isLast) return;
      } while (waiting.length > 0 || isFinished);
    } catch (error) {
      failure ??= error;
      waiting = [];
    } finally {
      work = undefined;
    }
  }

  function start(): void {
    work ??= decodeAll();
  }

  /** Its decoder is free for another utterance. */
  function guardedRelease(): void {
    const end = { ...about, utterance, frames: [], gapSamples: 0, isLast: true };
    pool.run(end, new AbortController().signal).catch(() => {
      // The thread has ended, and the decoder with it.
    });
  }
  signal.addEventListener('abort', guardedRelease, { once: true });

  return {
    push(frames, gapSamples) {
      if (signal.aborted || failure !== undefined || isFinished) return;
      if (waiting.length + frames.length > MAX_WAITING_FRAMES) {
        const message = `${waiting.length} frames of speech wait for the decoder`;
        failure = new EarshotError('assistant_busy', message, 'Repeat it later.');
        return;
      }
      waiting.push(...frames);
      waitingGap = Math.min(waitingGap + gapSamples, MAX_GAP_SAMPLES);
      start();
    },
    async finish() {
      isFinished = true;
      signal.throwIfAborted();
      if (failure === undefined) start();
      await work;
      signal.removeEventListener('abort', guardedRelease);
      if (failure !== undefined) throw failure;
    },
  };
}
