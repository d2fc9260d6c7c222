/**
 * The listener: the microphone between and during turns. Push to talk needs nothing of it.
 */
import type { ActorDefinition } from '../../src/core/actor/actor.ts';
import type { ListenerContract } from '../../src/core/contracts/index.ts';

export function defineListener(): ActorDefinition<ListenerContract> {
  return ({ send }) => ({
    receive(event) {
      if (event.type !== 'listener.open') return;
      const message = 'This version cannot listen';
      send({
        type: 'listener.failed',
        error: { code: 'sound_unavailable', message, hint: 'Use --mode push.' },
      });
    },
    stop() {},
  });
}
