/**
 * A scenario: some actors with others in parallel, and the conditions that must hold at the end, whichever callback has
 * thrown.
 */
import type { ContractLogic } from '../../machines/adapter/contract-logic.ts';
import type { ContractTypes } from '../../src/core/contracts/index.ts';
import { type Log, silentLog } from '../../src/core/log/log.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import { type FakeParent, fakeParent } from '../support/fake-parent.ts';
import { WAIT_MS } from '../support/in-time.ts';

export interface Scenario {
  name: string;
  /** Rejects, or returns the errors: of an actor that must not be affected, or of the faulty actor after its fault. */
  run(log: Log): Promise<string[]>;
  /** Scopes whose callbacks are made to fail, by name and number. The others are not changed. */
  subjects: RegExp;
}

/** Stores the logged errors: a crash is one. */
export function countingLog(): { log: Log; crashes(): number } {
  const errors: string[] = [];
  const log = { ...silentLog, error: (message: string) => void errors.push(message) };
  return { log, crashes: () => errors.filter((text) => /failed|crashed/.test(text)).length };
}

/** The commands that a parent machine would send an actor again after its restart. */
export interface Mended<P extends ContractTypes> extends FakeParent<P> {
  /** How often the parent sent them, restarts included. */
  said(type: string): number;
}

export function underSupervision<P extends ContractTypes>(logic: ContractLogic<P>, clock: Clock): Mended<P> {
  const parent = fakeParent<P>(logic, clock);
  return { ...parent, said: (type) => parent.received.filter((event) => event.type === type).length };
}

/** Advances the time until a condition holds. Real input and output have real delays, even where the clock is simulated. */
export async function eventually(holds: () => boolean, what: string, goOn: () => Promise<void>): Promise<void> {
  const startedMs = performance.now();
  while (!holds()) {
    if (performance.now() - startedMs > WAIT_MS) throw new Error(`it did not happen: ${what}`);
    await goOn();
  }
}
