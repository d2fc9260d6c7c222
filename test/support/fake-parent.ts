/**
 * A test double for the parent machine: starts one child, records its events, and sends it the events of the test.
 */
import { type AnyEventObject, assign, createActor, sendTo, setup } from 'xstate';
import type { ContractLogic } from '../../machines/adapter/contract-logic.ts';
import type { ContractTypes } from '../../src/core/contracts/index.ts';
import type { Clock } from '../../src/core/time/clock.ts';

export interface FakeParent<P extends ContractTypes> {
  received: P['sends'][];
  send(event: P['receives']): void;
  /** The child's state, if the child is a machine. */
  state(): unknown;
  stop(): void;
}

export function fakeParent<P extends ContractTypes>(logic: ContractLogic<P>, clock: Clock): FakeParent<P> {
  const received: P['sends'][] = [];
  const machine = setup({ types: { events: {} as AnyEventObject }, actors: { child: logic } }).createMachine({
    invoke: { id: 'child', src: 'child' },
    on: {
      'test.tell': { actions: sendTo('child', ({ event }) => event.event) },
      '*': { actions: assign(({ event }) => void received.push(event as P['sends']) as never) },
    },
  });
  const actor = createActor(machine, { clock }).start();
  return {
    received,
    send: (event) => actor.send({ type: 'test.tell', event }),
    state: () =>
      (actor.getSnapshot().children.child as unknown as { getSnapshot(): { value: unknown } }).getSnapshot().value,
    stop: () => actor.stop(),
  };
}
