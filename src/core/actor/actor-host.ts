/**
 * An actor that runs on this thread, as the logic that a machine invokes: commands in, events out, and a crash told to the
 * supervisor.
 */
import { type AnyActorRef, type AnyEventObject, fromCallback } from 'xstate';
import type { ContractLogic } from '../../../machines/wiring.ts';
import type { ActorCrashed, Contract, ContractTypes } from '../contracts/index.ts';
import { errorInfo } from '../errors.ts';
import type { ActorDefinition } from './actor.ts';
import { type HostOptions, runActor } from './run-actor.ts';

/** The logic of an actor that runs on this thread. */
export function actorLogic<P extends ContractTypes>(
  contract: Contract<P>,
  definition: ActorDefinition<P>,
  options: HostOptions,
): ContractLogic<P> {
  return sharedActorLogic(contract, () => ({ definition, options }));
}

/** One actor of a session, or of whatever else is one actor system. */
export interface ActorToRun<P extends ContractTypes> {
  definition: ActorDefinition<P>;
  options: HostOptions;
}

/** What xstate calls the actors that belong together. */
export type ActorSystem = AnyActorRef['system'];

/**
 * The same for a machine that many actor systems share: building a machine costs far more than running it. Which actor it is
 * in this system is asked when it starts.
 */
export function sharedActorLogic<P extends ContractTypes>(
  { name }: Contract<P>,
  find: (system: ActorSystem) => ActorToRun<P>,
): ContractLogic<P> {
  return fromCallback<P['receives']>(({ sendBack, receive, system }) => {
    const { definition, options } = find(system);
    const crash = (error: unknown) =>
      sendBack({ type: 'actor.crashed', error: errorInfo(error) } satisfies ActorCrashed as AnyEventObject);
    const actor = runActor(name, definition, options, (event) => sendBack(event as AnyEventObject), crash);
    receive((event) => actor.receive(event));
    return () => actor.stop();
  });
}
