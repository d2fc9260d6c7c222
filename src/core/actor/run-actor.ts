/**
 * Runs an actor on this thread, in its own scope, with one callback for its crash. Independent of xstate: the audio thread runs its
 * actors with this module only.
 */

import type { ContractTypes } from '../contracts/index.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log/log.ts';
import type { Clock } from '../time/clock.ts';
import type { ActorDefinition, RunningActor } from './actor.ts';
import { createScope } from './scope.ts';

export interface HostOptions {
  clock: Clock;
  log: Log;
}

/** Starts an actor. When it throws, now or later, it is stopped, then `crash` is called once. */
export function runActor<P extends ContractTypes>(
  name: string,
  definition: ActorDefinition<P>,
  { clock, log }: HostOptions,
  send: (event: P['sends']) => void,
  crash: (error: unknown) => void,
): RunningActor<P> {
  const onCrash = (error: unknown) => {
    log.error('an actor crashed', { part: name, error: messageOf(error) });
    crash(error);
  };
  const scope = createScope(name, { clock, log, onCrash });
  let receive: RunningActor<P>['receive'] = () => {};
  const start = scope.guard(() => {
    const running = definition({ ...scope, send: (event) => !scope.isOver() && send(event) });
    scope.onEnd(() => running.stop());
    receive = scope.guard((event) => running.receive(event));
  });
  start();
  return { receive: (event) => receive(event), stop: () => scope.end() };
}
