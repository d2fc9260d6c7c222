/**
 * Threads that encode speech, each for several sentences at the same time: as many as the load needs, between two limits.
 *
 * When a thread ends unexpectedly or hangs, its sentences are encoded once more by another one, from their beginning. The
 * frames depend on the samples alone; so those that were already delivered are left out, and the listener notices nothing.
 */
import { on } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { QueueMetrics } from '../../../../src/core/actor/queue-metrics.ts';
import { EarshotError, type ErrorInfo, errorFields, messageOf } from '../../../../src/core/errors.ts';
import type { Log } from '../../../../src/core/log/log.ts';
import { ownCores } from '../../../../src/core/threads/own-cores.ts';
import { createTimeLimit } from '../../../../src/core/threads/time-limit.ts';
import { untilAborted } from '../../../../src/core/threads/until-aborted.ts';
import type { Clock } from '../../../../src/core/time/clock.ts';
import { SAMPLE_RATE_HZ } from '../../../../src/protocol/format.ts';
import type { Pcm } from '../../parts/synthesizer.ts';
import type { EncoderTask, FromEncoder, ToEncoder } from './encoder-worker.ts';

export interface EncoderPoolOptions {
  /** The file of its threads; undefined: encoder-worker.ts. */
  worker?: URL;
  /** So many threads stay when there is nothing to do; the first sentence, or `prepare`, starts them. */
  minThreads?: number;
  maxThreads?: number;
  sentencesPerThread?: number;
  /** Sentences that wait for a thread. Another one is refused with `assistant_busy`. */
  queueLimit?: number;
  clock: Clock;
  log: Log;
}

export interface EncoderPool {
  /**
   * The frames of a sentence, a few at a time, while its samples arrive. Ends at once, without an error, when the signal is
   * aborted. An error of `speech` ends it.
   *
   * @throws EarshotError `assistant_busy`, `assistant_bad_answer`, `assistant_failed`, `assistant_timeout`
   */
  encode(speech: AsyncIterable<Pcm>, options: EncodeOptions): AsyncIterable<Uint8Array[]>;
  prepare(): Promise<void>;
  queue(): QueueMetrics;
  /** Threads that exist. */
  threads(): number;
  close(): Promise<void>;
}

export interface EncodeOptions {
  /** The speech begins with the first word: the silence before it is left out. */
  trimStart: boolean;
  signal: AbortSignal;
}

/** In the bundle, this file and the worker are both in dist/; from source, the thread inherits tsx's loader. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './encoder-worker.ts' : './encoder-worker.js',
  import.meta.url,
);
const SENTENCES_PER_THREAD = 4;
const QUEUE_LIMIT = 64;
/** From the last samples of a sentence, or from some of its frames, to the next ones. 10 frames take 2 ms on a quiet machine. */
const FINISH_MS = 10_000;
/** For the threads to notice that the pool is closed: they look after each few frames. */
const CLOSE_MS = 2_000;
const IDLE_MS = 30_000;
const ATTEMPTS = 2;

export function createEncoderPool(options: EncoderPoolOptions): EncoderPool {
  const { clock, log, sentencesPerThread = SENTENCES_PER_THREAD, queueLimit = QUEUE_LIMIT } = options;
  const { minThreads = 1, maxThreads = Math.min(4, ownCores()) } = options;
  let pool: Piscina | undefined;
  /** Aborted when the pool is closed. */
  const closing = new AbortController();
  const tasks = new Set<Promise<void>>();
  let sent = 0;
  let refused = 0;

  function threads(): Piscina {
    closing.signal.throwIfAborted();
    if (pool) return pool;
    pool = new Piscina({
      filename: (options.worker ?? WORKER).href,
      minThreads,
      maxThreads,
      concurrentTasksPerWorker: sentencesPerThread,
      idleTimeout: IDLE_MS,
      atomics: 'disabled',
    });
    const guardedNote = (error: unknown) => log.warn('a thread of the speech encoder ended', errorFields(error));
    pool.on('error', guardedNote);
    return pool;
  }

  async function* encode(speech: AsyncIterable<Pcm>, { trimStart, signal }: EncodeOptions) {
    if (signal.aborted) return;
    sent += 1;
    if (threads().queueSize >= queueLimit) {
      refused += 1;
      throw new EarshotError('assistant_busy', 'Too many sentences wait for the speech encoder', 'Repeat it later.');
    }
    const recording = recordSpeech(speech);
    let delivered = 0;
    for (let attempt = 1; ; attempt++) {
      let repeated = delivered;
      try {
        for await (const frames of encodeOnce(recording, { trimStart, signal })) {
          const fresh = frames.slice(repeated);
          repeated -= frames.length - fresh.length;
          delivered += fresh.length;
          if (fresh.length > 0) yield fresh;
        }
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof ThreadLost)) throw error;
        if (attempt === ATTEMPTS) throw new EarshotError('assistant_failed', error.message, 'See the log.');
        log.warn('a sentence is encoded again', { error: error.message, deliveredFrames: delivered });
      }
    }
  }

  async function* encodeOnce(recording: RecordedSpeech, { trimStart, signal }: EncodeOptions) {
    const { port1: port, port2 } = new MessageChannel();
    const lost = new AbortController();
    const lose = (reason: unknown) => lost.abort(new ThreadLost(`A thread of the speech encoder ended: ${reason}`));
    const limit = createTimeLimit(clock, FINISH_MS, () => new ThreadLost('The speech encoder does not answer'));
    const task: EncoderTask = { port: port2, trimStart };
    const ended: Promise<void> = threads()
      .run(task, { transferList: [port2] })
      .then(
        () => {},
        (error: unknown) => lose(messageOf(error)),
      )
      .finally(() => tasks.delete(ended));
    tasks.add(ended);
    const complete = recording.complete.then(
      () => {
        isComplete = true;
        if (!isOver) limit.start();
      },
      (error: unknown) => lost.abort(error),
    );
    const stop = AbortSignal.any([signal, closing.signal, lost.signal, limit.signal]);
    let thread: number | undefined;
    let isOver = false;
    let isComplete = false;
    try {
      recording.sendTo(port);
      for await (const [message] of on(port, 'message', { signal: stop }) as AsyncIterable<[FromEncoder]>) {
        // The time is from one answer to the next: a busy machine is slow, but goes on.
        if (isComplete) limit.start();
        if (message.type === 'thread') thread = message.threadId;
        else if (message.type === 'frames') yield message.frames;
        else if (message.type === 'failed') throw errorFrom(message.error);
        else return;
      }
    } catch (error) {
      if (limit.signal.aborted) await endThread(thread);
      throw stop.aborted ? stop.reason : error;
    } finally {
      isOver = true;
      limit.clear();
      port.close();
      recording.sendTo(undefined);
      // Neither is awaited: a thread ends in its own time.
      ended.catch(() => {});
      complete.catch(() => {});
    }
  }

  async function endThread(id: number | undefined): Promise<void> {
    await pool?.threads.find(({ threadId }) => threadId === id)?.terminate();
  }

  return {
    encode,
    async prepare() {
      const silence = async function* (): AsyncGenerator<Pcm> {
        yield { samples: new Int16Array(SAMPLE_RATE_HZ / 10), sampleRateHz: SAMPLE_RATE_HZ };
      };
      const { signal } = new AbortController();
      for await (const _frames of encode(silence(), { trimStart: false, signal }));
    },
    queue: () => ({ name: 'speech encoding', depth: pool?.queueSize ?? 0, limit: queueLimit, sent, dropped: refused }),
    threads: () => pool?.threads.length ?? 0,
    async close() {
      closing.abort(new EarshotError('assistant_failed', 'The speech encoder is closed', 'The gateway ends.'));
      // Libopus ends the process when its thread is ended in the middle of a frame.
      const limit = createTimeLimit(clock, CLOSE_MS, () => new ThreadLost('The speech encoder does not end'));
      limit.start();
      await untilAborted(Promise.all(tasks), limit.signal).catch((error: unknown) =>
        log.warn('the speech encoder does not end', { error: messageOf(error) }),
      );
      limit.clear();
      await pool?.destroy();
    },
  };
}

/** The thread is gone, not the samples. */
class ThreadLost extends Error {}

interface RecordedSpeech {
  /** All samples, from the first one on, go to this port. */
  sendTo(port: MessagePort | undefined): void;
  /** Rejects with the error of the source. */
  complete: Promise<void>;
}

/** Reads the samples of a sentence as they arrive, and keeps them until the sentence is encoded. */
function recordSpeech(speech: AsyncIterable<Pcm>): RecordedSpeech {
  const messages: ToEncoder[] = [];
  let port: MessagePort | undefined;

  function add(message: ToEncoder): void {
    messages.push(message);
    port?.postMessage(message);
  }

  async function read(): Promise<void> {
    for await (const pcm of speech) add({ type: 'pcm', pcm });
    add({ type: 'end' });
  }

  const complete = read();
  return {
    complete,
    sendTo(next) {
      port = next;
      if (port) for (const message of messages) port.postMessage(message);
    },
  };
}

/** An error of another thread. */
function errorFrom({ code, message, hint }: ErrorInfo): EarshotError {
  return new EarshotError(code, message, hint);
}
