/**
 * An actor is a function that gets a scope, which can send events, and returns functions to receive events and to stop.
 *
 * Its contract (src/core/contracts/) defines its events. It does not know its thread or its parent. Settings, data-plane
 * channels and devices are arguments of the function that makes the definition. All of its code runs in its scope, so an actor that
 * throws crashes alone.
 */

import type { ContractTypes } from '../contracts/index.ts';
import { backoffMs } from '../time/backoff.ts';
import type { Scope } from './scope.ts';

export interface ActorScope<P extends ContractTypes> extends Scope {
  /** Sends to the parent. */
  send(event: P['sends']): void;
}

export interface RunningActor<P extends ContractTypes> {
  receive(event: P['receives']): void;
  /** Called once, at the end of its scope (a stop or a crash). Releases devices and sockets. */
  stop(): void;
}

export type ActorDefinition<P extends ContractTypes> = (scope: ActorScope<P>) => RunningActor<P>;

export const RESTART_DELAYS_MS = {
  first: 100,
  longest: 10_000,
  /** After this long without a crash the next restart has the first delay. */
  steady: 10_000,
} as const;

/** Delay before the restart after the nth crash in a row. */
export function restartDelayMs(crashes: number): number {
  return backoffMs(crashes, { firstMs: RESTART_DELAYS_MS.first, longestMs: RESTART_DELAYS_MS.longest });
}
