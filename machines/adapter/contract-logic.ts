/**
 * The logic that a machine invokes, by its contract: an actor of this thread, an actor of another thread, or a machine.
 * Only this folder connects actors and xstate.
 */
import {
  type AnyActorRef,
  type AnyEventObject,
  type AnyStateMachine,
  type CallbackActorLogic,
  fromCallback,
} from 'xstate';
import type { RunningActor } from '../../src/core/actor/actor.ts';
import type { ActorCrashed, ContractTypes } from '../../src/core/contracts/index.ts';
import type { ErrorInfo } from '../../src/core/errors.ts';

/** The names of placeholders in a machine's setup. */
export type ContractLogic<P extends ContractTypes> = CallbackActorLogic<P['receives']>;

/** The actor system that the actor belongs to. */
export type ActorSystem = AnyActorRef['system'];

/** The parent machine of the actor. */
export interface Parent<P extends ContractTypes> {
  send(event: P['sends']): void;
  /** Called last. */
  crash(error: ErrorInfo): void;
  readonly system: ActorSystem;
}

/** `start` is called each time that a machine invokes it. */
export function contractLogic<P extends ContractTypes>(
  start: (parent: Parent<P>) => RunningActor<P>,
): ContractLogic<P> {
  return fromCallback<P['receives']>(({ sendBack, receive, system }) => {
    const actor = start({
      send: (event) => sendBack(event as AnyEventObject),
      crash: (error) => sendBack({ type: 'actor.crashed', error } satisfies ActorCrashed as AnyEventObject),
      system,
    });
    receive((event) => actor.receive(event));
    return () => actor.stop();
  });
}

/** A machine with a contract, for a parent machine. */
export function machineLogic<P extends ContractTypes>(machine: AnyStateMachine): ContractLogic<P> {
  return machine as unknown as ContractLogic<P>;
}
