/**
 * Runs an actor on this thread, as the logic that a machine invokes: commands in, events out, and crashes to the
 * supervisor.
 */
import type { ActorDefinition } from '../../src/core/actor/actor.ts';
import { type HostOptions, runActor } from '../../src/core/actor/run-actor.ts';
import type { Contract, ContractTypes } from '../../src/core/contracts/index.ts';
import { errorInfo } from '../../src/core/errors.ts';
import { type ActorSystem, type ContractLogic, contractLogic } from './contract-logic.ts';

/** The logic of an actor that runs on this thread. */
export function actorLogic<P extends ContractTypes>(
  contract: Contract<P>,
  definition: ActorDefinition<P>,
  options: HostOptions,
): ContractLogic<P> {
  return sharedActorLogic(contract, () => ({ definition, options }));
}

/** One actor of an actor system, for instance of a session. */
export interface ActorToRun<P extends ContractTypes> {
  definition: ActorDefinition<P>;
  options: HostOptions;
}

/**
 * The same for a machine that many actor systems share: building a machine costs far more than running it. `find`
 * returns the actor of this system; it is called at the start.
 */
export function sharedActorLogic<P extends ContractTypes>(
  { name }: Contract<P>,
  find: (system: ActorSystem) => ActorToRun<P>,
): ContractLogic<P> {
  return contractLogic<P>(({ send, crash, system }) => {
    const { definition, options } = find(system);
    return runActor(name, definition, options, send, (error) => crash(errorInfo(error)));
  });
}
