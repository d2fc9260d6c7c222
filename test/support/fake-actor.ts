/**
 * A test double for any contract: an actor that records its received events and sends the events of the test.
 */
import { type AnyEventObject, fromCallback } from 'xstate';
import type { ContractLogic } from '../../machines/adapter/contract-logic.ts';
import type { Contract, ContractTypes, TypesOf } from '../../src/core/contracts/index.ts';

export interface FakeActor<P extends ContractTypes> {
  logic: ContractLogic<P>;
  /** The received events, oldest first, over all its starts. */
  received: P['receives'][];
  types(): string[];
  /** Received and sent events, in order; `stopped` where it was stopped or crashed. */
  history: { type: string }[];
  /** Sends an event to its parent. */
  send(event: P['sends']): void;
  crash(message?: string): void;
  starts: number;
  running: boolean;
}

export function fakeActor<P extends ContractTypes>(_port: Contract<P>): FakeActor<P> {
  let sendBack: ((event: AnyEventObject) => void) | undefined;
  const fake: FakeActor<P> = {
    received: [],
    history: [],
    starts: 0,
    running: false,
    types: () => fake.received.map((event) => event.type),
    send(event) {
      if (sendBack) fake.history.push(event);
      sendBack?.(event as AnyEventObject);
    },
    crash: (message = 'it broke') =>
      sendBack?.({ type: 'actor.crashed', error: { code: 'internal', message, hint: '' } }),
    logic: fromCallback<P['receives']>((scope) => {
      fake.starts += 1;
      fake.running = true;
      sendBack = scope.sendBack;
      scope.receive((event) => {
        fake.received.push(event);
        fake.history.push(event);
      });
      return () => {
        fake.running = false;
        fake.history.push({ type: 'stopped' });
        sendBack = undefined;
      };
    }),
  };
  return fake;
}

type Children = Record<string, Contract<ContractTypes>>;
/** A wrapper around a double, for example a supervisor. */
type Around<Child> = (contract: Child, logic: ContractLogic<ContractTypes>) => unknown;
type FakeActors<C extends Children> = { [Id in keyof C]: FakeActor<TypesOf<C[Id]>> };
type Logics<C extends Children> = { [Id in keyof C]: ContractLogic<TypesOf<C[Id]>> };

/** A double for each child of a machine. */
export function fakeActors<C extends Children>(children: C): FakeActors<C> {
  const entries = Object.entries(children).map(([id, contract]) => [id, fakeActor(contract)]);
  return Object.fromEntries(entries);
}

/** The actors that the machine is provided with: the doubles, or wrappers around them. */
export function logicsOf<C extends Children>(
  children: C,
  fakes: FakeActors<C>,
  around: Around<C[keyof C]> = (_, logic) => logic,
): Logics<C> {
  const entries = Object.entries(children).map(([id, contract]) => {
    const { logic } = fakes[id] as unknown as FakeActor<ContractTypes>;
    return [id, around(contract as C[keyof C], logic)];
  });
  return Object.fromEntries(entries);
}
