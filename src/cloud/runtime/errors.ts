/**
 * What clients and calling functions hear of what a function threw: the message, and the data of a ConvexError. No stack: it has the
 * paths of this machine. So has an error of the database itself (a full disk), which is for the log.
 */
import { ConvexError, type JSONValue } from 'convex/values';
import { EarshotError, messageOf } from '../../core/errors.ts';
import { isSqliteError } from '../database/sqlite.ts';
import type { Outcome } from './runtime.ts';

/** In Convex's words. */
const CLOUD_FAILED = "Your request couldn't be completed. Try again later.";

/**
 * Thrown out of a system call. Convex's library makes a ConvexError of it where it has `data`, which must be JSON in Convex's format.
 */
class CallFailure extends Error {
  readonly data?: JSONValue;

  constructor(message: string, data?: JSONValue) {
    super(message);
    if (data !== undefined) this.data = data;
  }
}

/** Not the function's fault: the disk is full, or fails. */
export function isOfTheCloud(thrown: unknown): boolean {
  return thrown instanceof EarshotError || isSqliteError(thrown);
}

export function failure(thrown: unknown): Extract<Outcome, { ok: false }> {
  const data = dataOf(thrown);
  return { ok: false, message: publicMessage(thrown), ...(data !== undefined && { data }) };
}

/** For the function that called the one that threw. */
export function callFailure(thrown: unknown): Error {
  return new CallFailure(publicMessage(thrown), dataOf(thrown));
}

function publicMessage(thrown: unknown): string {
  return isOfTheCloud(thrown) ? CLOUD_FAILED : messageOf(thrown);
}

/** Convex's library writes a ConvexError's data as JSON text when it leaves its function. */
function dataOf(thrown: unknown): JSONValue | undefined {
  if (!(thrown instanceof ConvexError)) return undefined;
  return typeof thrown.data === 'string' ? (JSON.parse(thrown.data) as JSONValue) : undefined;
}
