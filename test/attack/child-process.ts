/**
 * A child process of the harness: honest devices, hostile clients and the plain echo server each have their own, so
 * that they do not slow each other down. It gets a task, is asked to stop, and answers once.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { setPriority } from 'node:os';
import { endWithTests } from '../support/end-with-tests.ts';
import { exitOf, inTime } from '../support/in-time.ts';
import { raisePriority } from './processes.ts';

export type ToChild<Task> = { kind: 'start'; task: Task } | { kind: 'stop' };
export type FromChild<Result> = { kind: 'ready'; value: unknown } | { kind: 'result'; result: Result };

export interface ChildPriority {
  /** Priority above other programs; needs root. */
  raise?: number;
  /** Priority below the other processes of the harness. */
  nice?: number;
}

export interface Child<Result> {
  /** What it reported when it was ready. */
  ready: Promise<unknown>;
  /** Its result, also when it ended by itself. Rejects when it ended without one. */
  done: Promise<Result>;
  /** Asks it to stop; resolves with its result. @throws when it ended without one. */
  stop(): Promise<Result>;
  kill(): void;
}

/** @param task resolves when it may begin: its program is loaded at once. */
export function startChild<Task, Result>(
  file: string,
  task: Task | Promise<Task>,
  { raise = 0, nice = 0 }: ChildPriority = {},
): Child<Result> {
  const child: ChildProcess = endWithTests(
    fork(new URL(file, import.meta.url), {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
      detached: raise > 0,
    }),
  );
  if (nice > 0 && child.pid !== undefined) setPriority(child.pid, nice);
  if (raise > 0 && child.pid !== undefined) raisePriority(child.pid, raise);
  const said = (kind: FromChild<Result>['kind']) =>
    new Promise<FromChild<Result>>((resolve, reject) => {
      child.on('message', (message: FromChild<Result>) => message.kind === kind && resolve(message));
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(new Error(`${file} ended (${signal ?? code}) without “${kind}”`)));
    });
  const ready = said('ready').then((message) => (message as { value: unknown }).value);
  const result = said('result').then((message) => (message as { result: Result }).result);
  // The caller gets the rejection, if there is a caller.
  for (const promise of [ready, result]) promise.catch(() => undefined);
  const tell = (message: ToChild<Task>) => child.connected && child.send(message);
  void Promise.resolve(task).then((given) => tell({ kind: 'start', task: given }));
  return {
    ready: inTime(ready, `${file} is ready`),
    done: result,
    async stop() {
      tell({ kind: 'stop' });
      const told = await inTime(result, `the result of ${file}`);
      await exitOf(child);
      return told;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

/** The child's side: runs the work, whose signal tells it to stop, and reports the result. */
export function serveChild<Task, Result>(
  work: (task: Task, signal: AbortSignal, ready: (value?: unknown) => void) => Promise<Result>,
): void {
  const over = new AbortController();
  // The harness waits for it.
  setMaxListeners(0, over.signal);
  const tell = (message: FromChild<Result>, sent = () => {}) => process.send?.(message, sent);
  process.on('message', async (message: ToChild<Task>) => {
    if (message.kind === 'stop') return over.abort();
    const result = await work(message.task, over.signal, (value) => tell({ kind: 'ready', value }));
    // Open sockets do not keep the process running.
    tell({ kind: 'result', result }, () => process.exit(0));
  });
  // Without the harness there is no work.
  process.on('disconnect', () => process.exit(1));
}
