/**
 * What clients and calling functions hear of what a function threw: the message, and the data of a ConvexError. No stack: it has the
 * paths of this machine.
 */
import { ConvexError, type JSONValue } from 'convex/values';
import { messageOf } from '../../core/errors.ts';
import type { Outcome } from './runtime.ts';

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

export function failure(thrown: unknown): Extract<Outcome, { ok: false }> {
  const data = dataOf(thrown);
  return { ok: false, message: messageOf(thrown), ...(data !== undefined && { data }) };
}

/** For the function that called the one that threw. */
export function callFailure(thrown: unknown): Error {
  return new CallFailure(messageOf(thrown), dataOf(thrown));
}

/** Convex's library writes a ConvexError's data as JSON text when it leaves its function. */
function dataOf(thrown: unknown): JSONValue | undefined {
  if (!(thrown instanceof ConvexError)) return undefined;
  return typeof thrown.data === 'string' ? (JSON.parse(thrown.data) as JSONValue) : undefined;
}
