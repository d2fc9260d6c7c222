/**
 * The trigger: what begins and ends a turn. One actor for several sources (keyboard, signal, recording).
 */

import type { ActorDefinition } from '../../src/core/actor/actor.ts';
import { guardEach, type Scope } from '../../src/core/actor/scope.ts';
import type { TriggerContract } from '../../src/core/contracts/index.ts';
import type { KnownTrigger } from '../../src/protocol/triggers.ts';

/** What a source of a trigger calls. */
export interface TriggerHandlers {
  /** Pressed: begins a turn, interrupts a reply, or, while the person speaks, ends the utterance. */
  onPress(trigger: KnownTrigger): void;
  onRelease(): void;
  onCancel(): void;
}

/** What a source of a trigger is notified of. */
export interface TriggerSource {
  /** The device is idle, and the first attempt to connect has ended: a press begins a turn. */
  ready?(): void;
}

/** Opens a source in the scope of the trigger actor. What it opens is closed at the end of the scope. */
export type OpenTrigger = (handlers: TriggerHandlers, scope: Scope) => TriggerSource;

/** @param newId creates the UUIDv7 of a turn that begins at this time (ms since 1970) */
export function defineTrigger(
  sources: readonly OpenTrigger[],
  newId: (atMs: number) => string,
): ActorDefinition<TriggerContract> {
  return (scope) => {
    const { send, clock } = scope;
    const handlers: TriggerHandlers = {
      onPress: (trigger) => {
        const startedAtMs = clock.wallNow();
        send({ type: 'talk.pressed', id: newId(startedAtMs), trigger, startedAtMs });
      },
      onRelease: () => send({ type: 'talk.released', atMs: clock.now() }),
      onCancel: () => send({ type: 'talk.cancelled' }),
    };
    const opened = sources.map((open) => open(guardEach(handlers, scope), scope));
    return {
      receive() {
        for (const source of opened) source.ready?.();
      },
      stop() {},
    };
  };
}
