/**
 * A scope: everything that runs on behalf of an actor, and ends with it. Its timers, receivers, callbacks and promises are
 * made through the scope. One that throws crashes the scope and nothing else, whoever called it; after the end none of
 * them runs any more.
 */

import { messageOf } from '../errors.ts';
import type { Log } from '../log/log.ts';
import type { Clock } from '../time/clock.ts';
import type { Channel } from './channel.ts';
import { ScopeTimers } from './scope-timers.ts';

/** What runs on behalf of an actor is made by its scope: it ends with the scope, and what throws in it crashes this actor alone. */
export interface Scope {
  /** Its timers end with the scope. */
  readonly clock: Clock;
  readonly log: Log;
  /** Attaches a receiver to a channel until the end. What is sent while it is not attached waits in the channel. */
  receive<Event>(channel: Channel<Event>, receiver: (event: Event) => void): void;
  /** For whoever calls from outside: a device, a socket, an emitter. Returns undefined after a throw, and after the end. */
  guard<Args extends unknown[], Result extends NotPromised>(
    callback: (...args: Args) => Result,
  ): (...args: Args) => Result | undefined;
  /** Work that waits for something. After the end a rejection is logged only: nobody is left to crash. */
  run(work: () => Promise<void>): void;
  /** Called at the end, the last one first, also when the actor did not come to its own start. */
  onEnd(release: () => void): void;
  /** The scope can't go on: it ends. */
  crash(error: unknown): void;
}

/** What a guarded callback may return. A promise would be waited for by nobody: use {@link Scope.run}. */
// biome-ignore lint/suspicious/noConfusingVoidType: most callbacks return nothing
type NotPromised = void | undefined | null | boolean | number | string | readonly unknown[] | { readonly then?: never };

export interface ScopeOptions {
  clock: Clock;
  log: Log;
  /** Called once, after everything has been released. */
  onCrash: (error: unknown) => void;
}

export interface OwnedScope extends Scope {
  isOver(): boolean;
  /** Releases everything. */
  end(): void;
}

/** Handlers of something outside, each of them guarded. */
export function guardEach<Handlers extends object>(handlers: Handlers, { guard }: Pick<Scope, 'guard'>): Handlers {
  const guarded = Object.entries(handlers).map(([name, handler]) => [name, guard(handler)]);
  return Object.fromEntries(guarded) as Handlers;
}

/** @param name whose scope it is, for the log */
export function createScope(name: string, { clock, log, onCrash }: ScopeOptions): OwnedScope {
  const timers = new ScopeTimers(clock);
  const detachments: (() => void)[] = [];
  const releases: (() => void)[] = [];
  let over = false;

  function end(): void {
    if (over) return;
    over = true;
    // Before anything else ends: what is sent from now on waits for the next receiver.
    for (const detach of detachments) detach();
    timers.clearAll();
    for (const release of releases.reverse()) attempt(release);
    releases.length = 0;
  }

  /** What can't be released is said; the rest is released all the same. */
  function attempt(release: () => void): void {
    try {
      release();
    } catch (error) {
      log.warn('something could not be released', { of: name, error: messageOf(error) });
    }
  }

  function crash(error: unknown): void {
    const stack = error instanceof Error ? error.stack : messageOf(error);
    log.debug(over ? 'an error after the end' : 'a crash', { of: name, stack });
    if (over) return;
    end();
    onCrash(error);
  }

  function guard<Args extends unknown[], Result>(callback: (...args: Args) => Result) {
    return (...args: Args): Result | undefined => {
      if (over) return undefined;
      try {
        return callback(...args);
      } catch (error) {
        crash(error);
        return undefined;
      }
    };
  }

  return {
    clock: {
      now: () => clock.now(),
      wallNow: () => clock.wallNow(),
      setTimeout: (callback, delayMs) => (over ? undefined : timers.set(guard(callback), delayMs)),
      clearTimeout: (timer) => timers.clear(timer),
    },
    log,
    receive(channel, receiver) {
      if (over) return;
      const guarded = guard(receiver);
      detachments.push(() => channel.detach(guarded));
      channel.receive(guarded);
    },
    guard,
    run(work) {
      if (over) return;
      try {
        work().catch(crash);
      } catch (error) {
        crash(error);
      }
    },
    onEnd,
    crash,
    // No getter: in an object literal it makes each such object a hash table of its own.
    isOver: () => over,
    end,
  };

  function onEnd(release: () => void): void {
    if (over) attempt(release);
    else releases.push(release);
  }
}
