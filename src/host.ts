/**
 * Runs an actor on this thread, as the logic that a machine invokes: commands in, edges out, and a crash told to the
 * supervisor instead of thrown into the void.
 */
import { type AnyEventObject, fromCallback } from 'xstate';
import type { PortLogic } from '../machines/wiring.ts';
import type { ActorDefinition, Port, PortDescription, RunningActor } from './actor.ts';
import type { Clock } from './clock.ts';
import { errorInfo } from './errors.ts';
import type { ActorCrashed } from './events.ts';
import type { Log } from './log.ts';
import { createScope } from './scope.ts';

export interface HostOptions {
  clock: Clock;
  log: Log;
}

/** Starts an actor; whatever it throws, now or later, ends in one `crash`, after it was stopped. */
export function runActor<P extends Port>(
  name: string,
  definition: ActorDefinition<P>,
  { clock, log }: HostOptions,
  send: (event: P['sends']) => void,
  crash: (error: unknown) => void,
): RunningActor<P> {
  const scope = createScope(name, { clock, log, onCrash: crash });
  let receive: RunningActor<P>['receive'] = () => {};
  const start = scope.guard(() => {
    const running = definition({ ...scope, send: (event) => !scope.isOver && send(event) });
    scope.onEnd(() => running.stop());
    receive = scope.guard((event) => running.receive(event));
  });
  start();
  return { receive: (event) => receive(event), stop: () => scope.end() };
}

/** The logic of an actor that runs on this thread. */
export function hostHere<P extends Port>(
  { name }: PortDescription<P>,
  definition: ActorDefinition<P>,
  options: HostOptions,
): PortLogic<P> {
  return fromCallback<P['receives']>(({ sendBack, receive }) => {
    const crash = (error: unknown) =>
      sendBack({ type: 'actor.crashed', error: errorInfo(error) } satisfies ActorCrashed as AnyEventObject);
    const actor = runActor(name, definition, options, (event) => sendBack(event as AnyEventObject), crash);
    receive((event) => actor.receive(event));
    return () => actor.stop();
  });
}
