/**
 * One execution of a function: what its system calls work with. It lies in an AsyncLocalStorage, because Convex's library finds the
 * runtime by a global, and many functions run at the same time.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Reader, Rows, Writer } from '../database/database.ts';
import type { Deadline } from './deadline.ts';
import type { Caller, FunctionKind } from './runtime.ts';

/** What all functions of one call from outside share. An action's calls of queries and mutations are calls from outside, too. */
export interface CallRoot {
  caller: Caller;
  requestId: string;
  /** `Date.now()` of its functions. */
  nowMs(): number;
  /** The scheduled function that runs; null: another call. */
  jobId: string | null;
  deadline: Deadline;
  /** Rejects when it timed out. */
  stopping: Promise<never>;
  /** It timed out: its functions may not go on. */
  stopped: Error | undefined;
  /** What it has scheduled; of an action, each is a transaction of its own. */
  scheduled: { functions: number; argumentBytes: number } | undefined;
}

export interface Execution {
  /** `folder/module:export`; of an HTTP action, its route. */
  name: string;
  kind: FunctionKind | 'httpAction';
  root: CallRoot;
  /** Functions above it that wait for its result. */
  depth: number;
  /** Of a query or a mutation. */
  reader: Reader | undefined;
  /** Of a mutation. */
  writer: Writer | undefined;
  /** The queries that are being read, by the number that Convex's library knows. */
  cursors: Map<number, Rows>;
  pages: Pages;
  /** A mutation that this one called, and that is not done: all system calls wait for it, as in Convex. */
  blockedBy: Promise<unknown> | undefined;
  systemCalls: SystemCallTable;
  writeConsole: WriteConsole;
}

/** The one paginated query of a function. */
interface Pages {
  /** Of an earlier execution: where the page ended then. */
  endedAt: string | null;
  /** Where it ends now. */
  endsAt: string | null;
}

// biome-ignore lint/suspicious/noExplicitAny: each call knows its own arguments; Convex's library makes them
export type CallArguments = Record<string, any>;
/** A system call. It answers with JSON text, so that a stored document passes through without being parsed. */
export type SystemCall = (execution: Execution, args: CallArguments) => string | Promise<string>;
/** One that answers at once. */
export type SystemCallNow = (execution: Execution, args: CallArguments) => string;
/** One with values that are no JSON, like a Blob. */
export type ValueCall = (execution: Execution, args: CallArguments) => unknown;

/** What Convex's library asks of the runtime, by name, without `1.0/`. */
export interface SystemCallTable {
  waiting: ReadonlyMap<string, SystemCall>;
  now: ReadonlyMap<string, SystemCallNow>;
  values: ReadonlyMap<string, ValueCall>;
}

export type ConsoleMethod = 'debug' | 'log' | 'info' | 'warn' | 'error';
/** Gets what a function writes to its console. */
export type WriteConsole = (method: ConsoleMethod, line: string, execution: Execution) => void;

export const running = new AsyncLocalStorage<Execution | undefined>();

/** @throws in an action, which has no transaction */
export function readerOf({ reader, kind }: Execution): Reader {
  if (!reader) throw new Error(`An ${kind} has no database. Call a query or a mutation.`);
  return reader;
}

/** @throws in everything but a mutation */
export function writerOf({ writer, kind }: Execution): Writer {
  if (!writer) throw new Error(`A ${kind} cannot write. Use a mutation.`);
  return writer;
}
