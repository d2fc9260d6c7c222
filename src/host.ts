/**
 * Runs an actor on this thread, as the logic that a machine invokes: commands in, edges out, and a crash told to the
 * supervisor instead of thrown into the void.
 */
import { type AnyEventObject, fromCallback } from 'xstate';
import type { PortLogic } from '../machines/wiring.ts';
import type { ActorDefinition, Port, RunningActor } from './actor.ts';
import type { Clock } from './clock.ts';
import { errorInfo } from './errors.ts';
import type { ActorCrashed } from './events.ts';
import type { Log } from './log.ts';

export interface HostOptions {
  clock: Clock;
  log: Log;
}

/** Starts an actor; whatever it throws, now or later, ends in one `crash`. */
export function runActor<P extends Port>(
  definition: ActorDefinition<P>,
  { clock, log }: HostOptions,
  send: (event: P['sends']) => void,
  crash: (error: unknown) => void,
): RunningActor<P> {
  let running: RunningActor<P> | undefined;
  let over = false;
  const fail = (error: unknown) => {
    if (over) return;
    over = true;
    log.debug('an actor crashed', { stack: error instanceof Error ? error.stack : String(error) });
    crash(error);
  };
  const guarded = (work: () => void) => {
    try {
      work();
    } catch (error) {
      fail(error);
    }
  };
  guarded(() => {
    running = definition({ clock, log, send: (event) => !over && send(event), crash: fail });
  });
  return {
    receive: (event) => {
      if (!over) guarded(() => running?.receive(event));
    },
    stop: () => {
      over = true;
      running?.stop();
    },
  };
}

/** The logic of an actor that runs on this thread. */
export function hostHere<P extends Port>(definition: ActorDefinition<P>, options: HostOptions): PortLogic<P> {
  return fromCallback<P['receives']>(({ sendBack, receive }) => {
    const crash = (error: unknown) =>
      sendBack({ type: 'actor.crashed', error: errorInfo(error) } satisfies ActorCrashed as AnyEventObject);
    const actor = runActor(definition, options, (event) => sendBack(event as AnyEventObject), crash);
    receive((event) => actor.receive(event));
    return () => actor.stop();
  });
}
