/**
 * A scope contains all code that runs for an actor: its timers, receivers, callbacks and promises are made through the scope. When one
 * of them throws, the scope crashes, and nothing else does, whoever the caller was. After the end of the scope none of them runs.
 */

import { messageOf } from '../errors.ts';
import type { Log } from '../log/log.ts';
import type { Clock } from '../time/clock.ts';
import type { Channel } from './channel.ts';
import { ScopeTimers } from './scope-timers.ts';

/**
 * The interface through which an actor makes its timers, receivers, callbacks and promises: they end with the scope,
 * and an exception in them crashes this actor alone.
 */
export interface Scope {
  /** Timers of this clock end with the scope. */
  readonly clock: Clock;
  readonly log: Log;
  /** Attaches a receiver to a channel until the end of the scope. Without a receiver events wait in the channel. */
  receive<Event>(channel: Channel<Event>, receiver: (event: Event) => void): void;
  /** For callers outside of the scope: a device, a socket, an emitter. Returns undefined after a throw, and after the end. */
  guard<Args extends unknown[], Result extends NotPromised>(
    callback: (...args: Args) => Result,
  ): (...args: Args) => Result | undefined;
  /** Runs asynchronous work. A rejection crashes the scope; after the end it is only logged. */
  run(work: () => Promise<void>): void;
  /** Called at the end, in reverse order, also when the actor threw while it started. */
  onEnd(release: () => void): void;
  /** Crashes the scope: it ends. */
  crash(error: unknown): void;
}

/** What a guarded callback may return. Not a promise, because nobody would await it: use {@link Scope.run}. */
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

/** Guards each of several handlers. */
export function guardEach<Handlers extends object>(handlers: Handlers, { guard }: Pick<Scope, 'guard'>): Handlers {
  const guarded = Object.entries(handlers).map(([name, handler]) => [name, guard(handler)]);
  return Object.fromEntries(guarded) as Handlers;
}

/** Marks a clock whose `now` and `wallNow` may be called without it. */
const IS_FREE = Symbol('free');
type Time = Pick<Clock, 'now' | 'wallNow'>;
type ScopeClock = Clock & { readonly [IS_FREE]: true };

let last: (Time & { readonly clock: Clock }) | undefined;

/**
 * The functions that tell the time. All scopes of a clock share them: they are called for each packet of each stream, and what all
 * streams share is in the processor's caches.
 */
function timeOf(clock: Clock): Time {
  if (IS_FREE in clock) return clock;
  if (last?.clock !== clock) last = { clock, now: () => clock.now(), wallNow: () => clock.wallNow() };
  return last;
}

/** @param name of the owner, for the log */
export function createScope(name: string, { clock, log, onCrash }: ScopeOptions): OwnedScope {
  const timers = new ScopeTimers(clock);
  const detachments: (() => void)[] = [];
  const releases: (() => void)[] = [];
  let over = false;

  function end(): void {
    if (over) return;
    over = true;
    // First: events that are sent from now on wait for the next receiver.
    for (const detach of detachments) detach();
    timers.clearAll();
    for (const release of releases.reverse()) attempt(release);
    releases.length = 0;
  }

  /** An error of one release is logged; the others are still released. */
  function attempt(release: () => void): void {
    try {
      release();
    } catch (error) {
      log.warn('something could not be released', { part: name, error: messageOf(error) });
    }
  }

  function crash(error: unknown): void {
    const stack = error instanceof Error ? error.stack : messageOf(error);
    log.debug(over ? 'an error after the end' : 'a crash', { part: name, stack });
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

  const { now, wallNow } = timeOf(clock);
  const scopeClock: ScopeClock = {
    now,
    wallNow,
    setTimeout: (callback, delayMs) => (over ? undefined : timers.set(guard(callback), delayMs)),
    clearTimeout: (timer) => timers.clear(timer),
    [IS_FREE]: true,
  };

  return {
    clock: scopeClock,
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
    // No getter: in an object literal a getter turns each such object into a hash table.
    isOver: () => over,
    end,
  };

  function onEnd(release: () => void): void {
    if (over) attempt(release);
    else releases.push(release);
  }
}
