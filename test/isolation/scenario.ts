/**
 * What a scenario is: some actors at work with others beside them, and what must hold in the end, whatever one of their
 * callbacks threw.
 */
import type { ContractLogic } from '../../machines/adapter/contract-logic.ts';
import type { ContractTypes } from '../../src/core/contracts/index.ts';
import { type Log, silentLog } from '../../src/core/log/log.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import { type FakeParent, fakeParent } from '../support/fake-parent.ts';

export interface Scenario {
  name: string;
  /** Rejects, or says what is wrong: with whoever was not to notice, or with the actor after its fault. */
  run(log: Log): Promise<string[]>;
  /** Scopes whose callbacks are made to fail, by name and number. Those beside them are left alone. */
  subjects: RegExp;
}

/** Keeps the errors that are logged: a crash is one. */
export function countingLog(): { log: Log; crashes(): number } {
  const errors: string[] = [];
  const log = { ...silentLog, error: (message: string) => void errors.push(message) };
  return { log, crashes: () => errors.filter((text) => /failed|crashed/.test(text)).length };
}

/** What a machine above would tell an actor again once it was restarted. */
export interface Mended<P extends ContractTypes> extends FakeParent<P> {
  /** How often it said this, restarts included. */
  said(type: string): number;
}

export function underSupervision<P extends ContractTypes>(logic: ContractLogic<P>, clock: Clock): Mended<P> {
  const parent = fakeParent<P>(logic, clock);
  return { ...parent, said: (type) => parent.received.filter((event) => event.type === type).length };
}

/** Real input and output take their time, also where the clock is simulated. */
const PATIENCE_MS = 15_000;

/** Goes on until something holds. */
export async function eventually(holds: () => boolean, what: string, goOn: () => Promise<void>): Promise<void> {
  const startedMs = performance.now();
  while (!holds()) {
    if (performance.now() - startedMs > PATIENCE_MS) throw new Error(`it did not come about: ${what}`);
    await goOn();
  }
}
