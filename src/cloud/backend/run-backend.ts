/**
 * Runs the program of a Convex backend and keeps it running: when it ends, or stops answering, it is started again, each time after a
 * longer pause.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { EarshotError } from '../../core/errors.ts';
import type { Log } from '../../core/log/log.ts';
import { backoffMs } from '../../core/time/backoff.ts';
import { onLines } from './official-cli.ts';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;
/** A program that has answered this long has not failed at its start. */
const STABLE_MS = 30_000;
/** The official CLI waits as long for its start. */
const START_PATIENCE_MS = 30_000;
const START_INTERVAL_MS = 100;
const HEALTH_INTERVAL_MS = 10_000;
const ANSWER_PATIENCE_MS = 5_000;
/** Unanswered questions, one after another, until it is started again. */
const MISSES = 3;
/** After SIGINT, its own signal to end, until SIGKILL. */
const END_PATIENCE_MS = 5_000;

export interface BackendProgram {
  program: string;
  args: readonly string[];
  /** Its working folder. */
  folder: string;
  /** Where it answers `GET /version`. */
  url: string;
  /** Told the id of each process that is started. */
  onPid?: (pid: number) => void;
  log: Log;
  /** Ends it while it starts. */
  signal?: AbortSignal;
  /** Default: 10 s. */
  healthIntervalMs?: number;
}

export interface RunningBackend {
  pid(): number | undefined;
  /** How often it was started again. */
  restarts(): number;
  /** Resolves when its process has ended. */
  close(): Promise<void>;
}

/** Resolves when it answers. @throws EarshotError `backend_failed` when it does not within 30 s, or ends */
export async function runBackend(options: BackendProgram): Promise<RunningBackend> {
  const { program, args, folder, url, log, healthIntervalMs = HEALTH_INTERVAL_MS } = options;
  let child: ChildProcess | undefined;
  let ended: Promise<string> = Promise.resolve('');
  let closing = false;
  let failures = 0;
  let restarts = 0;
  let wake = () => {};

  function start(): void {
    const process_ = spawn(program, args, {
      cwd: folder,
      // Its log is read here; nothing of this process's own settings concerns it.
      env: { PATH: process.env.PATH, HOME: folder, TMPDIR: folder, RUST_LOG: process.env.RUST_LOG ?? 'info' },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A Ctrl-C in the terminal is for this process; it ends the program in order.
      detached: true,
    });
    child = process_;
    if (process_.pid !== undefined) options.onPid?.(process_.pid);
    for (const stream of [process_.stdout, process_.stderr]) {
      onLines(stream, (line) => log.info('convex backend', { output: withoutSecrets(line, args) }));
    }
    ended = new Promise((resolve) => {
      process_.once('error', (error) => resolve(error.message));
      process_.once('exit', (code, signal) => resolve(`its process ended (${signal ?? code})`));
    });
  }

  /** Resolves with the reason when it does not answer. */
  async function firstAnswer(): Promise<string | undefined> {
    const untilMs = performance.now() + START_PATIENCE_MS;
    const end = ended.then((reason) => ({ reason }));
    while (performance.now() < untilMs && !closing) {
      if (await answers(url)) return undefined;
      const result = await Promise.race([end, pause(START_INTERVAL_MS)]);
      if (result) return result.reason;
    }
    return closing ? undefined : `it does not answer at ${url}/version`;
  }

  async function kill(signal: NodeJS.Signals, patienceMs: number): Promise<void> {
    child?.kill(signal);
    const timer = setTimeout(() => child?.kill('SIGKILL'), patienceMs);
    await ended;
    clearTimeout(timer);
  }

  function pause(ms: number): Promise<undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), ms);
      wake = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
    });
  }

  /** Until it ends, does not answer any more, or is closed. */
  async function watch(): Promise<string> {
    const end = ended.then((reason) => ({ reason }));
    for (let missed = 0; missed < MISSES; ) {
      const result = await Promise.race([end, pause(healthIntervalMs)]);
      if (result || closing) return result?.reason ?? '';
      missed = (await answers(url)) ? 0 : missed + 1;
    }
    await kill('SIGKILL', 0);
    return 'it did not answer any more';
  }

  async function keepRunning(): Promise<void> {
    for (;;) {
      const sinceMs = performance.now();
      const reason = await watch();
      if (closing) return;
      failures = performance.now() - sinceMs > STABLE_MS ? 1 : failures + 1;
      const delayMs = backoffMs(failures, { firstMs: FIRST_RETRY_MS, longestMs: LONGEST_RETRY_MS });
      log.warn('the convex backend is started again', { reason, failures, delayMs });
      await pause(delayMs);
      if (closing) return;
      restarts += 1;
      start();
      const failure = await firstAnswer();
      if (failure) log.error('the convex backend did not start again', { reason: failure });
      else log.info('the convex backend answers again', { url });
    }
  }

  const abort = () => {
    closing = true;
    wake();
  };
  options.signal?.addEventListener('abort', abort, { once: true });
  start();
  const failure = await firstAnswer();
  options.signal?.removeEventListener('abort', abort);
  if (closing) {
    await kill('SIGINT', END_PATIENCE_MS);
    options.signal?.throwIfAborted();
  }
  if (failure) {
    closing = true;
    await kill('SIGKILL', 0);
    throw new EarshotError(
      'backend_failed',
      `The Convex backend did not start: ${failure}`,
      'Its own messages are in the log with --log-level info.',
    );
  }
  const over = keepRunning();
  return {
    pid: () => child?.pid,
    restarts: () => restarts,
    async close() {
      closing = true;
      wake();
      await kill('SIGINT', END_PATIENCE_MS);
      await over;
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/version`, { signal: AbortSignal.timeout(ANSWER_PATIENCE_MS) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false; // not yet, or not any more
  }
}

/** Its secret is one of its arguments; what it says of them goes to the log. */
function withoutSecrets(line: string, args: readonly string[]): string {
  const secret = args[args.indexOf('--instance-secret') + 1];
  return secret ? line.replaceAll(secret, '…') : line;
}
