/**
 * Executes functions. A call from outside has a time limit, which all functions that it calls share; when it is over, none of them can go
 * on. The database ends their transaction with them, so that nothing of it happens in somebody else's.
 */
import { randomUUID } from 'node:crypto';
import type { JSONValue } from 'convex/values';
import { messageOf } from '../../core/errors.ts';
import { runOwned } from '../../core/process/uncaught.ts';
import type { Clock } from '../../core/time/clock.ts';
import type { Reader, Writer } from '../database/database.ts';
import { startDeadline } from './deadline.ts';
import type { SystemCallTable, WriteConsole } from './execution.ts';
import { type CallRoot, type Execution, running } from './execution.ts';
import { ACTION_MS, TRANSACTION_SYSTEM_MS, TRANSACTION_USER_MS } from './limits.ts';
import type { PreparedFunction } from './prepared-function.ts';
import type { Caller } from './runtime.ts';

/** On whose behalf a call from outside runs. */
export interface CallOrigin {
  caller: Caller;
  requestId: string;
  jobId: string | null;
  /** Actions above it. */
  depth: number;
}

/** Where a function runs. */
interface Place {
  root: CallRoot;
  depth: number;
  reader?: Reader;
  writer?: Writer;
  /** Of its paginated query, in an earlier execution. */
  endedAt?: string | null;
}

export interface FunctionResult {
  /** JSON in Convex's format. */
  text: string;
  /** Of its paginated query. */
  endsAt: string | null;
}

export interface Executor {
  /** Runs `work` as one call from outside. */
  call<T>(kind: 'transaction' | 'action', origin: CallOrigin, work: (root: CallRoot) => Promise<T>): Promise<T>;
  run(fn: PreparedFunction, args: JSONValue, place: Place): Promise<FunctionResult>;
  /** An HTTP action: what it gets and returns is not JSON. */
  runHttp<T>(name: string, root: CallRoot, invoke: () => Promise<T>): Promise<T>;
}

export function callFrom(caller: Caller, jobId: string | null = null): CallOrigin {
  return { caller, jobId, requestId: randomUUID(), depth: 0 };
}

export interface ExecutorOptions {
  clock: Clock;
  systemCalls: SystemCallTable;
  writeConsole: WriteConsole;
}

export function createExecutor({ clock, systemCalls, writeConsole }: ExecutorOptions): Executor {
  async function call<T>(
    kind: 'transaction' | 'action',
    { caller, requestId, jobId }: CallOrigin,
    work: (root: CallRoot) => Promise<T>,
  ): Promise<T> {
    const isTransaction = kind === 'transaction';
    const startedAtMs = clock.wallNow();
    const { promise: stopping, reject: stop } = promiseWithReject();
    const deadline = startDeadline({
      clock,
      userMs: isTransaction ? TRANSACTION_USER_MS : ACTION_MS,
      systemMs: isTransaction ? TRANSACTION_SYSTEM_MS : Number.POSITIVE_INFINITY,
      onTimeout(error) {
        root.stopped = error;
        stop(error);
      },
    });
    const root: CallRoot = {
      caller,
      requestId,
      jobId,
      deadline,
      // The system's clock reads `Date.now()`, which asks this again inside of a function.
      nowMs: isTransaction ? () => startedAtMs : () => running.run(undefined, () => clock.wallNow()),
      stopping,
      stopped: undefined,
      scheduled: isTransaction ? { functions: 0, argumentBytes: 0 } : undefined,
    };
    try {
      return await work(root);
    } finally {
      deadline.clear();
    }
  }

  async function run(fn: PreparedFunction, args: JSONValue, place: Place): Promise<FunctionResult> {
    const text = fn.checkArguments(args);
    const execution = begin(fn.name, fn.kind, place);
    const result = await finish(execution, () => invoke(fn, text, place.root.requestId));
    fn.checkResult(result);
    return { text: result, endsAt: execution.pages.endsAt };
  }

  function begin(name: string, kind: Execution['kind'], { root, depth, reader, writer, endedAt }: Place): Execution {
    return {
      name,
      kind,
      root,
      depth,
      reader,
      writer,
      cursors: new Map(),
      pages: { endedAt: endedAt ?? null, endsAt: null },
      blockedBy: undefined,
      systemCalls,
      writeConsole,
    };
  }

  /** A mutation that it called and did not wait for is undone or done before the transaction goes on without it. */
  async function finish<T>(execution: Execution, invoked: () => Promise<T>): Promise<T> {
    try {
      const result = runOwned(
        (error) => writeConsole('error', `a promise or a timer of it failed: ${messageOf(error)}`, execution),
        () => running.run(execution, invoked),
      );
      return await Promise.race([result, execution.root.stopping]);
    } finally {
      while (execution.blockedBy) await execution.blockedBy;
    }
  }

  return {
    call,
    run,
    runHttp: (name, root, invoked) => finish(begin(name, 'httpAction', { root, depth: 0 }), invoked),
  };
}

async function invoke({ kind, registered }: PreparedFunction, args: string, requestId: string): Promise<string> {
  const result =
    kind === 'query'
      ? await registered.invokeQuery?.(args)
      : kind === 'mutation'
        ? await registered.invokeMutation?.(args)
        : await registered.invokeAction?.(requestId, args);
  return result ?? 'null';
}

function promiseWithReject(): { promise: Promise<never>; reject: (error: Error) => void } {
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<never>((_, rejectIt) => {
    reject = rejectIt;
  });
  promise.catch(() => {}); // told to those who wait for it
  return { promise, reject };
}
