/**
 * What a machine invokes, by its contract: an actor of this thread, an actor of another, or a machine. This folder is where actors
 * meet xstate; neither knows the other.
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

/** How a machine's setup names an actor that a composition root provides. */
export type ContractLogic<P extends ContractTypes> = CallbackActorLogic<P['receives']>;

/** What xstate calls the actors that belong together. */
export type ActorSystem = AnyActorRef['system'];

/** The machine that invokes it, seen from the actor. */
export interface Parent<P extends ContractTypes> {
  send(event: P['sends']): void;
  /** The last thing that it is told. */
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

/** A machine: to whoever invokes it, it is something that takes the contract's events. */
export function machineLogic<P extends ContractTypes>(machine: AnyStateMachine): ContractLogic<P> {
  return machine as unknown as ContractLogic<P>;
}
