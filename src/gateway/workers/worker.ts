/**
 * One worker, as the primary sees it: its process, which is replaced when it ends, and the connections that wait to be handed over to it.
 */
import type { ChildProcess } from 'node:child_process';
import type { Log } from '../../core/log/log.ts';
import { backoffMs } from '../../core/time/backoff.ts';
import type { Clock } from '../../core/time/clock.ts';
import type { Incoming } from './hand-over.ts';
import type { ToPrimary, ToWorker, WorkerNews } from './messages.ts';

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 10_000;
/** A worker that does not take a connection for so long does not answer its devices either. */
const HANGING_MS = 30_000;
/** Of a process until it is ready: longer than a slow disk takes to load the program. */
const START_MS = 2 * 60_000;
/** A process that has run this long has not failed at its start. */
const STABLE_MS = 10_000;

export interface WorkerOptions {
  slot: number;
  /** Starts a process, and tells it its place. */
  start: (slot: number) => ChildProcess;
  onMessage: (message: ToPrimary) => void;
  /** It takes connections from now on. */
  onReady: (news: WorkerNews) => void;
  /** Its process has ended; these were not handed over yet. `isFirst`: it has never been ready. */
  onEnded: (waiting: Incoming[], isFirst: boolean) => void;
  clock: Clock;
  log: Log;
}

export interface Worker {
  slot: number;
  /** It takes connections. */
  isReady(): boolean;
  pid(): number | undefined;
  /** It has ended, and is not replaced. */
  isOver(): boolean;
  handOver(incoming: Incoming): void;
  send(message: ToWorker): void;
  /** Its process is not replaced any more. */
  retire(): void;
  kill(signal: NodeJS.Signals): void;
}

export function openWorker({ slot, start, onMessage, onReady, onEnded, clock, log }: WorkerOptions): Worker {
  let child: ChildProcess | undefined;
  let retry: unknown;
  let isReady = false;
  let wasReady = false;
  let isRetired = false;
  let crashes = 0;
  let waiting: Incoming[] = [];
  /** It was sent, and the worker has not said yet that it has it. A worker gets one after the other: what waits here can still go to others. */
  let isHandingOver = false;
  let patience: unknown;

  function run(): void {
    const startedAtMs = clock.now();
    const process_ = start(slot);
    child = process_;
    log.info('a worker starts', { worker: slot, process: process_.pid });
    patience = clock.setTimeout(() => stop('it is not ready'), START_MS);
    process_.on('message', (message: ToPrimary) => {
      if (message.kind === 'taken') {
        isHandingOver = false;
        clock.clearTimeout(patience);
        handOverNext();
      } else if (message.kind === 'ready') {
        isReady = true;
        wasReady = true;
        clock.clearTimeout(patience);
        onReady(message.news);
        handOverNext();
      } else onMessage(message);
    });
    // Its end is told below; what could not be sent to it is lost with it.
    process_.on('error', (error) => log.debug('a worker cannot be reached', { worker: slot, error: error.message }));
    process_.once('exit', (code, signal) => {
      child = undefined;
      onEnd({ code, signal, ranMs: clock.now() - startedAtMs });
    });
  }

  function onEnd({ code, signal, ranMs }: { code: number | null; signal: string | null; ranMs: number }): void {
    isReady = false;
    isHandingOver = false;
    clock.clearTimeout(patience);
    const left = waiting;
    waiting = [];
    if (!isRetired) {
      crashes = ranMs > STABLE_MS ? 1 : crashes + 1;
      const delayMs = backoffMs(crashes, { firstMs: FIRST_RETRY_MS, longestMs: LONGEST_RETRY_MS });
      log.warn('a worker has ended and is replaced', { worker: slot, reason: `${signal ?? code}`, delayMs });
      retry = clock.setTimeout(run, delayMs);
    }
    onEnded(left, !wasReady);
  }

  function stop(reason: string): void {
    log.error('a worker hangs and is killed', { worker: slot, reason });
    child?.kill('SIGKILL');
  }

  function handOverNext(): void {
    while (!isHandingOver && isReady && child?.connected) {
      const next = waiting.shift();
      if (!next) return;
      next.handshake.leave();
      // Its client was too slow, or has gone.
      if (next.socket.destroyed) continue;
      const { socket, source, opening } = next;
      isHandingOver = true;
      patience = clock.setTimeout(() => stop('it does not take its connections'), HANGING_MS);
      child.send({ kind: 'connection', source, opening: opening.toString('base64') } satisfies ToWorker, socket);
    }
  }

  run();
  return {
    slot,
    isReady: () => isReady,
    pid: () => child?.pid,
    isOver: () => isRetired && child === undefined,
    handOver(incoming) {
      // Beyond the limit of handshakes the oldest are dropped.
      while (waiting[0]?.socket.destroyed) waiting.shift();
      waiting.push(incoming);
      handOverNext();
    },
    send: (message) => void (child?.connected && child.send(message)),
    retire() {
      isRetired = true;
      clock.clearTimeout(retry);
    },
    kill: (signal) => void child?.kill(signal),
  };
}
