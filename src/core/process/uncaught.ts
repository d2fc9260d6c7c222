/**
 * The last resort of a process: what is thrown where no scope (src/core/actor/scope.ts) is around it. Everything of ours runs in scopes,
 * so it comes from code that was given to us (a responder's own timer) or from a library.
 *
 * - It is told to whoever owns the code, if that is known: the asynchronous context in which it was started says so.
 * - Else a process that serves others logs it and goes on: its own state was not touched, and its end would end every
 *   session. Faults that come too often end it all the same, so that it is started afresh.
 * - Else the process ends.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { errorInfo, messageOf } from '../errors.ts';
import type { Log } from '../log/log.ts';

/** Faults without an owner that a serving process survives within {@link FAULTS_WINDOW_MS}. */
const MAX_FAULTS = 10;
const FAULTS_WINDOW_MS = 60_000;

type Owner = (error: unknown) => void;

const owners = new AsyncLocalStorage<Owner | undefined>();
let serving: Log | undefined;
let faultTimesMs: number[] = [];

/**
 * Runs code that is not ours. What it starts and does not watch (a raw timer, a promise without a handler) may throw later:
 * `owner` is told. Node 20 does not keep the context in `queueMicrotask`.
 */
export function runOwned<Args extends unknown[], Result>(
  owner: Owner,
  work: (...args: Args) => Result,
  ...args: Args
): Result {
  return owners.run(owner, work, ...args);
}

/** Back to our own code: what it starts is not the owner's. */
export function runUnowned<Args extends unknown[], Result>(work: (...args: Args) => Result, ...args: Args): Result {
  return owners.run(undefined, work, ...args);
}

/** From now on this process serves others, and survives what has no owner. */
export function keepServingAfterErrors(log: Log): void {
  serving = log;
}

/** @param end ends the process, saying why. */
export function handleUncaught(end: (error: unknown) => void): void {
  const handle = (error: unknown): void => {
    const owner = owners.getStore();
    if (owner) return owner(error);
    if (!serving || isTooMany(performance.now())) return end(error);
    const { message } = errorInfo(error);
    serving.error('a fault outside of all actors: it goes on', { error: message, faults: faultTimesMs.length });
    serving.debug('its place', { stack: error instanceof Error ? error.stack : messageOf(error) });
  };
  process.on('uncaughtException', handle);
  process.on('unhandledRejection', handle);
}

function isTooMany(nowMs: number): boolean {
  faultTimesMs = faultTimesMs.filter((atMs) => nowMs - atMs < FAULTS_WINDOW_MS);
  faultTimesMs.push(nowMs);
  return faultTimesMs.length > MAX_FAULTS;
}
