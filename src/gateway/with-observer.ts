/**
 * An actor with an observer, which gets the events of its contract and changes nothing.
 */
import type { ActorDefinition } from '../core/actor/actor.ts';
import type { ContractTypes } from '../core/contracts/index.ts';

export interface ContractObserver<P extends ContractTypes> {
  sent(event: P['sends']): void;
  received(event: P['receives']): void;
}

export function withObserver<P extends ContractTypes>(
  definition: ActorDefinition<P>,
  observer: ContractObserver<P>,
): ActorDefinition<P> {
  return (scope) => {
    const actor = definition({
      ...scope,
      send(event) {
        observer.sent(event);
        scope.send(event);
      },
    });
    return {
      receive(event) {
        observer.received(event);
        actor.receive(event);
      },
      stop: () => actor.stop(),
    };
  };
}
