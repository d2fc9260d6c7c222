/**
 * Checks that a machine between an actor and a parent machine forwards the events that both contracts have.
 */
import assert from 'node:assert/strict';
import type { Contract, ContractTypes } from '../../src/core/contracts/index.ts';
import type { FakeActor } from './fake-actor.ts';
import type { FakeParent } from './fake-parent.ts';

/** Every event in both contracts is forwarded, unchanged, in its direction. */
export function passesBothWays<Above extends ContractTypes, Below extends ContractTypes>(
  above: Contract<Above>,
  below: Contract<Below>,
  parent: FakeParent<Above>,
  actor: FakeActor<Below>,
): void {
  // Payloads that no guard of the machines in between matches.
  const event = (type: string) => ({
    type,
    turn: 999,
    id: 'passing',
    error: { code: 'internal', message: type, hint: '' },
  });
  for (const type of Object.keys(above.receives).filter((each) => each in below.receives)) {
    parent.send(event(type) as never);
    assert.deepEqual(actor.received.at(-1), event(type), `${type} passes down`);
  }
  for (const type of Object.keys(below.sends).filter((each) => each in above.sends)) {
    actor.send(event(type) as never);
    assert.deepEqual(parent.received.at(-1), event(type), `${type} passes up`);
  }
  for (const type of ['actor.restarting', 'actor.restarted']) {
    if (!(type in above.sends)) continue;
    actor.send({ ...event(type), actor: below.name, crashes: 1, delayMs: 1 } as never);
    assert.ok(
      parent.received.some((heard) => heard.type === type),
      `${type} passes up`,
    );
  }
}
