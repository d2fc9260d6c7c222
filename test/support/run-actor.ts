/**
 * Runs one actor alone on a simulated clock: commands in, events out.
 */

import type { ActorDefinition } from '../../src/core/actor/actor.ts';
import { runActor } from '../../src/core/actor/run-actor.ts';
import type { ContractTypes } from '../../src/core/contracts/index.ts';
import { type Log, silentLog } from '../../src/core/log/log.ts';
import { SimulatedClock } from './simulated-clock.ts';

export interface ActorUnderTest<P extends ContractTypes> {
  clock: SimulatedClock;
  /** The events that it sent, oldest first. */
  sent: P['sends'][];
  types(): string[];
  send(event: P['receives']): void;
  crashes: unknown[];
  stop(): void;
}

export function startActor<P extends ContractTypes>(
  definition: ActorDefinition<P>,
  clock: SimulatedClock = new SimulatedClock(),
  log: Log = silentLog,
): ActorUnderTest<P> {
  const sent: P['sends'][] = [];
  const crashes: unknown[] = [];
  const actor = runActor(
    'test',
    definition,
    { clock, log },
    (event) => sent.push(event),
    (error) => crashes.push(error),
  );
  return { clock, sent, crashes, types: () => sent.map(({ type }) => type), send: actor.receive, stop: actor.stop };
}

/** Runs pending promise callbacks: devices are opened asynchronously. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
