/**
 * What an actor is: a function that gets a scope with a way to send, and returns how it receives and stops.
 *
 * It is defined once, by the events of its contract (src/core/contracts/), and does not know which thread it runs on or who
 * listens. Settings, data-plane channels and devices come to it as arguments of the function that makes the definition.
 * Nothing of it runs outside of its scope: an actor that throws, wherever it does, crashes alone.
 */

import type { ContractTypes } from '../contracts/index.ts';
import { backoffMs } from '../time/backoff.ts';
import type { Scope } from './scope.ts';

export interface ActorScope<P extends ContractTypes> extends Scope {
  /** To whoever started the actor. */
  send(event: P['sends']): void;
}

export interface RunningActor<P extends ContractTypes> {
  receive(event: P['receives']): void;
  /** Called once, at the end of its scope (a stop or a crash): lets go of devices and sockets. */
  stop(): void;
}

export type ActorDefinition<P extends ContractTypes> = (scope: ActorScope<P>) => RunningActor<P>;

export const RESTART_DELAYS_MS = {
  first: 100,
  longest: 10_000,
  /** What has run this long without a crash starts again from the first delay. */
  steady: 10_000,
} as const;

/** Delay before the restart after the nth crash in a row. */
export function restartDelayMs(crashes: number): number {
  return backoffMs(crashes, { firstMs: RESTART_DELAYS_MS.first, longestMs: RESTART_DELAYS_MS.longest });
}
