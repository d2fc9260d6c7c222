/**
 * A limit on each wait of a test for what only a message, an event, a line of output or the end of a process brings. Without it, a
 * wait for what never comes holds up all tests, and nobody learns what did not come.
 */
import type { ChildProcess } from 'node:child_process';
import { once as onceOf } from 'node:events';

/** Nothing takes so long, also on a busy machine. */
export const WAIT_MS = 180_000;

// A test may replace those of its process.
const { setTimeout, clearTimeout } = globalThis;

/**
 * Resolves and rejects with `wait`.
 *
 * @param what is named when it does not come; a function is called then
 * @throws an error, when it has not come after three minutes
 */
export async function inTime<T>(wait: Promise<T>, what: string | (() => string), limitMs = WAIT_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`it did not come within ${limitMs / 1_000} s: ${typeof what === 'string' ? what : what()}`));
    }, limitMs);
    // Where nothing else keeps the process, the test runner fails the test at once. A wait that was given up must not keep it.
    timer.unref();
  });
  try {
    return await Promise.race([wait, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** `once` of node:events, with the limit. */
export function once(
  emitter: NodeJS.EventEmitter,
  event: string,
  options?: { signal: AbortSignal },
): ReturnType<typeof onceOf> {
  return inTime(onceOf(emitter, event, options), `the event ${event} of ${emitter.constructor.name}`);
}

/** The end of a process, also of one that has ended already. */
export async function exitOf(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return { code: child.exitCode, signal: child.signalCode };
}
