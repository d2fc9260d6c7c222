/**
 * What an actor is: a function that gets a way to send, and returns how it receives and stops.
 *
 * It is defined once, by the events of its port (machines/ports.ts), and does not know which thread it runs on or who
 * listens. Settings, data-plane channels and devices come to it as arguments of the function that makes the definition.
 */
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

/** The types of an actor's port. */
export interface Port {
  receives: { type: string };
  sends: { type: string };
}

/** A port as a value: the names of its events with what each means, for routing, the state chart and tests. */
export interface PortDescription<P extends Port> {
  name: string;
  receives: { readonly [Type in P['receives']['type']]: string };
  sends: { readonly [Type in P['sends']['type']]: string };
  /** Never there: carries the port's types. */
  readonly types?: P;
}

export interface ActorScope<P extends Port> {
  /** To whoever started the actor. */
  send(event: P['sends']): void;
  /** The actor can't go on: it is stopped, and its supervisor starts it again. Use it from callbacks and promises. */
  crash(error: unknown): void;
  clock: Clock;
  log: Log;
}

export interface RunningActor<P extends Port> {
  receive(event: P['receives']): void;
  /** Releases everything: devices, timers, listeners. */
  stop(): void;
}

export type ActorDefinition<P extends Port> = (scope: ActorScope<P>) => RunningActor<P>;
