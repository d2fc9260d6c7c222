/**
 * Errors of the cloud's functions, in words for people.
 */
import { ConvexError } from 'convex/values';

export interface Failure {
  code: string;
  message: string;
  /** What to do. */
  hint?: string;
}

const HINTS: Record<string, string> = {
  not_authenticated: 'Sign in again: run earshot console on the gateway’s machine.',
  not_permitted: 'Ask an operator to do it.',
  device_unknown: 'Someone may have deleted it meanwhile.',
  too_many_attempts: 'Wait ten minutes, then try again.',
};

export function failureOf(error: unknown): Failure {
  if (error instanceof ConvexError) {
    const { code, message } = error.data as Partial<Record<string, unknown>>;
    if (typeof code === 'string' && typeof message === 'string') {
      const hint = HINTS[code];
      return { code, message, ...(hint !== undefined && { hint }) };
    }
  }
  return {
    code: 'unexpected',
    message: 'The cloud could not do this.',
    hint: 'Try again. If it fails again, the gateway’s log says why.',
  };
}
