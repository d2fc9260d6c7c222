/**
 * An actor whose logic can be replaced while its machine runs, for instance audio that is opened later. The machine does not see it: the old
 * one is stopped, the new one is started in its place.
 */
import { fromCallback } from 'xstate';
import type { ContractTypes } from '../../src/core/contracts/index.ts';
import type { ContractLogic } from './contract-logic.ts';

/** What xstate calls to start the logic that `contractLogic` makes. */
type Callback<P extends ContractTypes> = Parameters<typeof fromCallback<P['receives']>>[0];

export interface Replaceable<P extends ContractTypes> {
  readonly logic: ContractLogic<P>;
  replace(logic: ContractLogic<P>): void;
}

/** @param first until it is replaced. It, and what replaces it, is made by `contractLogic` or `actorLogic`. */
export function replaceable<P extends ContractTypes>(first: ContractLogic<P>): Replaceable<P> {
  let current = first;
  const running = new Set<() => void>();
  const logic = fromCallback<P['receives']>((actor) => {
    let receivers: ((event: P['receives']) => void)[] = [];
    let stop: ReturnType<Callback<P>>;
    const start = () => {
      receivers = [];
      const callback = current.config as Callback<P>;
      stop = callback({ ...actor, receive: (receiver) => void receivers.push(receiver) });
    };
    const restart = () => {
      stop?.();
      start();
    };
    start();
    actor.receive((event) => {
      for (const receive of receivers) receive(event);
    });
    running.add(restart);
    return () => {
      running.delete(restart);
      stop?.();
    };
  });
  return {
    logic,
    replace(next) {
      current = next;
      for (const restart of running) restart();
    },
  };
}
