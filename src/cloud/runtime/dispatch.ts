/**
 * Convex's library calls `globalThis.Convex`; each call goes to the function that is running. The call itself runs outside of the function,
 * so that what it waits for is not bound by the function's limits, and is not taken for part of it.
 */
import { messageOf } from '../../core/errors.ts';
import { runUnowned } from '../../core/process/uncaught.ts';
import { callFailure, isOfTheCloud } from './errors.ts';
import { type Execution, running } from './execution.ts';
import { installGlobals } from './function-globals.ts';

const VERSION = '1.0/';
/** As Convex's library writes it. */
const COMMIT_TIMESTAMP = '{"$commitTs":null}';

export function installSystemCalls(): void {
  installGlobals({ syscall, asyncSyscall, jsSyscall });
}

function syscall(name: string, json: string): string {
  const execution = current();
  const call = execution.systemCalls.now.get(name.slice(VERSION.length));
  if (!call) throw unknownCall(name);
  return outside(execution, () => call(execution, JSON.parse(json)));
}

function asyncSyscall(name: string, json: string): string | Promise<string> {
  const execution = current();
  const call = execution.systemCalls.waiting.get(name.slice(VERSION.length));
  if (!call) throw unknownCall(name);
  // No field's name begins with `$`, and in a text the quotes are escaped.
  if (json.includes(COMMIT_TIMESTAMP)) throw new Error('The embedded cloud does not support db.vars.commitTs.');
  // The time of a function that is called is a function's time, not the system's.
  return carryOut(execution, () => call(execution, JSON.parse(json)), name !== '1.0/runUdf');
}

function jsSyscall(name: string, args: object): unknown {
  const execution = current();
  const call = execution.systemCalls.values.get(name);
  if (!call) throw unknownCall(name);
  return carryOut(execution, () => call(execution, args), true);
}

/** @throws outside of a function, and in one that may not go on */
function current(): Execution {
  const execution = running.getStore();
  if (!execution) throw new Error('No Convex function is running here.');
  if (execution.root.stopped) throw execution.root.stopped;
  return execution;
}

/** What is ready is returned as it is: Convex's library waits for it once, and no more. */
function carryOut<T>(execution: Execution, call: () => T | Promise<T>, isSystemTime: boolean): T | Promise<T> {
  return outside(execution, () => {
    const result = whenFree(execution, call);
    return result instanceof Promise ? waitFor(execution, result, isSystemTime) : result;
  });
}

/** Of the function: its limits do not hold here, and errors are not its. */
function outside<T>(execution: Execution, work: () => T): T {
  try {
    return runUnowned(() => running.run(undefined, work));
  } catch (error) {
    throw forFunction(execution, error);
  }
}

/** A function hears what it did wrong, but not what is wrong with the disk. */
function forFunction(execution: Execution, error: unknown): Error {
  if (isOfTheCloud(error)) execution.writeConsole('error', messageOf(error), execution);
  return callFailure(error);
}

function whenFree<T>(execution: Execution, call: () => T | Promise<T>): T | Promise<T> {
  return execution.blockedBy ? execution.blockedBy.then(() => whenFree(execution, call)) : call();
}

async function waitFor<T>(execution: Execution, result: Promise<T>, isSystemTime: boolean): Promise<T> {
  const { root } = execution;
  if (isSystemTime) root.deadline.pause();
  try {
    return await result;
  } catch (error) {
    throw forFunction(execution, error);
  } finally {
    if (isSystemTime) root.deadline.resume();
  }
}

function unknownCall(name: string): Error {
  return new Error(`Unknown async operation ${name}`);
}
