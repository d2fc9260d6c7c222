/**
 * The trigger: whatever a person (or a file) starts and ends a turn with. Several sources, one actor.
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

/** What a source of a trigger is told. */
export interface TriggerSource {
  /** The line is idle and connected. */
  ready?(): void;
}

/** Listens in the scope of the trigger, and lets go at its end. */
export type OpenTrigger = (handlers: TriggerHandlers, scope: Scope) => TriggerSource;

/** @param newId makes the UUIDv7 of a turn that is begun at this time (ms since 1970). */
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
