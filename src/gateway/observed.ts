/**
 * An actor that is watched: somebody sees the events of its port as they pass, and changes nothing.
 */
import type { ActorDefinition, Port } from '../actor.ts';

export interface PortObserver<P extends Port> {
  sent(event: P['sends']): void;
  received(event: P['receives']): void;
}

export function observed<P extends Port>(
  definition: ActorDefinition<P>,
  observer: PortObserver<P>,
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
