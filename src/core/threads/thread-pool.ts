/**
 * Threads for work that blocks. A thread does one task at a time; there are as many threads as the load needs, between two
 * limits. Tasks beyond that wait in a queue, which has a limit, too.
 *
 * A task that ends its thread (a crash, too much memory), throws or takes too long is done once more, in another thread.
 * So a task must not have an effect outside of its thread.
 */
import { Piscina } from 'piscina';
import type { QueueMetrics } from '../actor/queue-metrics.ts';
import { EarshotError, errorFields, messageOf } from '../errors.ts';
import type { Log } from '../log/log.ts';
import type { Clock } from '../time/clock.ts';
import { createTimeLimit } from './time-limit.ts';
import { untilAborted } from './until-aborted.ts';

export interface ThreadPoolOptions {
  /** For the log and the queue, e.g. `speech synthesis`. */
  name: string;
  /** The file of the thread: its default export does a task, and returns the result or a promise of it. */
  worker: URL;
  /** So many threads stay when there is nothing to do; the first task, or `prepare`, starts them. */
  minThreads: number;
  maxThreads: number;
  /** Tasks that wait for a thread. Another one is refused with `assistant_busy`. */
  queueLimit: number;
  /** For a task; after that its thread is ended. */
  taskMs: number;
  /**
   * Whether a thread may be ended in the middle of a task; default: true. False for native addons: when a thread is ended while sherpa-onnx
   * loads a model, the addon ends the whole process. A task that takes too long then fails at once, and its thread ends after it.
   */
  isInterruptible?: boolean;
  clock: Clock;
  log: Log;
}

export interface ThreadPool<Task, Result> {
  /**
   * Does a task. When the signal is aborted, it rejects at once with the signal's reason: a task that waits is removed; one
   * that runs is finished by its thread, because a new thread would cost more, and the result is discarded.
   *
   * @throws EarshotError `assistant_busy`, `assistant_timeout`, `assistant_failed`
   */
  run(task: Task, signal: AbortSignal): Promise<Result>;
  /** Threads that exist. */
  threads(): number;
  queue(): QueueMetrics;
  /** Ends all threads; tasks that wait fail, and those that run, unless they may not be interrupted: these are finished. */
  close(): Promise<void>;
}

/** Threads beyond `minThreads` end after this time without a task. */
const IDLE_MS = 30_000;
/** Threads that did not end, with their memory. Beyond them no task is begun. */
const MAX_OVERDUE = 2;
/** Piscina ends the threads of a pool that does not close within this time: never. */
const CLOSE_MS = 2 ** 31 - 1;

export function createThreadPool<Task, Result>(options: ThreadPoolOptions): ThreadPool<Task, Result> {
  const { name, worker, minThreads, maxThreads, queueLimit, taskMs, isInterruptible = true, clock, log } = options;
  let pool: Piscina | undefined;
  /** Pools with a task that took too long. */
  const overdue = new Set<Promise<void>>();
  let running = 0;
  const waiting: { begin(): void; refuse(error: Error): void }[] = [];
  let sent = 0;
  let refused = 0;
  let isClosed = false;

  function threads(): Piscina {
    if (isClosed) throw closedError();
    if (pool) return pool;
    if (overdue.size >= MAX_OVERDUE) {
      const message = `${overdue.size} threads of ${name} have not ended after ${taskMs} ms`;
      throw new EarshotError('assistant_busy', message, 'If it lasts, restart the gateway.');
    }
    pool = new Piscina({
      filename: worker.href,
      minThreads,
      maxThreads,
      idleTimeout: IDLE_MS,
      closeTimeout: CLOSE_MS,
      // Threads wait in their event loop, so that they can prepare the next task.
      atomics: 'disabled',
    });
    // A thread that ends without a task.
    pool.on('error', (error: unknown) => log.warn('a thread ended', { part: name, ...errorFields(error) }));
    return pool;
  }

  /** Waits until one of the threads is free. */
  async function occupyThread(signal: AbortSignal): Promise<void> {
    if (running < maxThreads) {
      running += 1;
      return;
    }
    if (waiting.length >= queueLimit) {
      refused += 1;
      throw new EarshotError('assistant_busy', `${waiting.length} tasks wait for ${name}`, 'Repeat it later.');
    }
    const place = { begin() {}, refuse(_error: Error) {} };
    const turn = new Promise<void>((resolve, reject) => Object.assign(place, { begin: resolve, refuse: reject }));
    waiting.push(place);
    try {
      await untilAborted(turn, signal);
    } catch (reason) {
      const index = waiting.indexOf(place);
      if (index >= 0) waiting.splice(index, 1);
      // A thread became free for it in the same moment.
      else if (!isClosed) freeThread();
      throw reason;
    }
  }

  function freeThread(): void {
    const next = waiting.shift();
    if (next) next.begin();
    else running -= 1;
  }

  /** Its threads end after their tasks; the next tasks have other threads. */
  function replace(late: Piscina): void {
    if (pool !== late) return;
    pool = undefined;
    const end = late.close().then(
      () => void overdue.delete(end),
      (error: unknown) => log.warn('a thread did not end', { part: name, ...errorFields(error) }),
    );
    overdue.add(end);
  }

  async function attempt(task: Task): Promise<Result> {
    const tooLong = () =>
      new EarshotError('assistant_timeout', `${name} took longer than ${taskMs} ms`, 'Its thread was ended.');
    const limit = createTimeLimit(clock, taskMs, tooLong);
    const current = threads();
    limit.start();
    try {
      // Piscina ends the thread of an aborted task.
      if (isInterruptible) return (await current.run(task, { signal: limit.signal })) as Result;
      return (await untilAborted(current.run(task), limit.signal)) as Result;
    } catch (error) {
      if (!limit.signal.aborted) throw error;
      if (!isInterruptible) replace(current);
      throw limit.signal.reason;
    } finally {
      limit.clear();
    }
  }

  async function attemptTwice(task: Task): Promise<Result> {
    try {
      try {
        return await attempt(task);
      } catch (error) {
        const wouldBeLateAgain = !isInterruptible && error instanceof EarshotError;
        if (isClosed || wouldBeLateAgain) throw error;
        log.warn('a task of a thread failed and is repeated', { part: name, error: messageOf(error) });
        return await attempt(task);
      }
    } catch (cause) {
      if (cause instanceof EarshotError) throw cause;
      throw new EarshotError('assistant_failed', `${name} failed: ${messageOf(cause)}`, 'See the log.', { cause });
    } finally {
      freeThread();
    }
  }

  return {
    async run(task, signal) {
      signal.throwIfAborted();
      if (isClosed) throw closedError();
      sent += 1;
      await occupyThread(signal);
      return untilAborted(attemptTwice(task), signal);
    },
    threads: () => pool?.threads.length ?? 0,
    queue: () => ({ name, depth: waiting.length, limit: queueLimit, sent, dropped: refused }),
    async close() {
      isClosed = true;
      for (const { refuse } of waiting.splice(0)) refuse(closedError());
      if (isInterruptible) await pool?.destroy();
      else await Promise.all([pool?.close(), ...overdue]);
    },
  };

  function closedError(): EarshotError {
    return new EarshotError('assistant_failed', `${name} is closed`, 'The gateway ends.');
  }
}
