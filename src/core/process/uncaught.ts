/**
 * Handles errors that are thrown outside of all scopes (src/core/actor/scope.ts). Our own code runs in scopes, so they come from foreign
 * code (a responder's own timer) or from a library.
 *
 * - If the asynchronous context tells the owner of the code, the owner is notified.
 * - Else a process that serves others logs the error and goes on: its own state is intact, and its end would end every
 *   session. Too many errors in a short time end it, so that the service manager restarts it.
 * - Else the process ends.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { errorInfo, messageOf } from '../errors.ts';
import type { Log } from '../log/log.ts';

/** A serving process survives this many errors without an owner within {@link FAULTS_WINDOW_MS}. */
const MAX_FAULTS = 10;
const FAULTS_WINDOW_MS = 60_000;

type Owner = (error: unknown) => void;

const owners = new AsyncLocalStorage<Owner | undefined>();
let serving: Log | undefined;
let faultTimesMs: number[] = [];

/**
 * Runs foreign code. What it starts (a raw timer, a promise without a handler) may throw later; then `owner` is called. Node 20 does not
 * keep the context in `queueMicrotask`.
 */
export function runOwned<Args extends unknown[], Result>(
  owner: Owner,
  work: (...args: Args) => Result,
  ...args: Args
): Result {
  return owners.run(owner, work, ...args);
}

/** Leaves the owner's context: for our own code that foreign code calls. */
export function runUnowned<Args extends unknown[], Result>(work: (...args: Args) => Result, ...args: Args): Result {
  return owners.run(undefined, work, ...args);
}

/** From now on this process serves others, and survives errors without an owner. */
export function keepServingAfterErrors(log: Log): void {
  serving = log;
}

/** @param end ends the process and prints the reason */
export function handleUncaught(end: (error: unknown) => void): void {
  const handle = (error: unknown): void => {
    const owner = owners.getStore();
    if (owner) return owner(error);
    if (!serving || isTooMany(performance.now())) return end(error);
    const { message } = errorInfo(error);
    serving.error('an error outside of all actors; the process continues', {
      error: message,
      faults: faultTimesMs.length,
    });
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
