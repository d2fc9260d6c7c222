/**
 * Replaces src/core/actor/scope.ts (by instrument.mjs): the real scopes, with each of their callbacks identified by a
 * label, and a fault in the one that the test names.
 *
 * A label contains the name of the scope with its number, the kind of callback, and the position in the actor's source:
 * `encoder#1 channel speech actors/codec/encoder.ts:143`.
 */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as real from '../../src/core/actor/scope.ts';

export const { guardEach } = real;
export type { OwnedScope, Scope, ScopeOptions } from '../../src/core/actor/scope.ts';

export interface Fault {
  label: string;
  /** At its nth call, from 1. */
  nth: number;
  /** Instead of the work, or after it. */
  when: 'before' | 'after';
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const NOT_SITES = /faulty-scope|src\/core\/actor\/(?:scope|run-alone)\.ts|node_modules|node:/;
export const THROWN = 'thrown by the test';

let fault: Fault | undefined;
let calls = new Map<string, number>();
let made = new Map<string, number>();
/** Names, with numbers, of the crashed scopes. */
export let crashed: string[] = [];
/** The fault happened: in a live scope, or in one that had ended. */
export let struck: 'alive' | 'over' | undefined;

/** Begins a run. */
export function begin(next: Fault | undefined): void {
  fault = next;
  calls = new Map();
  made = new Map();
  crashed = [];
  struck = undefined;
}

/** The number of calls of each callback in this run. */
export function called(): ReadonlyMap<string, number> {
  return calls;
}

const sites = new Map<string, string>();

/**
 * Where the actor created a callback: the search in the source is slow, so it is done once for each place in the code.
 */
function site(): string {
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = (_, frames) => frames.map((frame) => [frame.getFileName(), frame.getPosition()].join());
  const key = String(new Error().stack);
  Error.prepareStackTrace = prepareStackTrace;
  const known = sites.get(key);
  if (known) return known;
  const frame = new Error().stack?.split('\n').find((line) => line.includes(ROOT) && !NOT_SITES.test(line));
  const [, path = '', line = ''] = /\(?(?:file:\/\/)?(\/[^:()]+):(\d+):\d+\)?$/.exec(frame ?? '') ?? [];
  const found = `${relative(ROOT, path)}:${line}`;
  sites.set(key, found);
  return found;
}

/** @param nth the number of this call: others may have begun since. */
function strike(label: string, when: Fault['when'], scope: real.OwnedScope, nth = calls.get(label)): void {
  if (label !== fault?.label || when !== fault.when || nth !== fault.nth) return;
  struck = scope.isOver() ? 'over' : 'alive';
  throw new Error(THROWN);
}

export function createScope(name: string, options: real.ScopeOptions): real.OwnedScope {
  const number = (made.get(name) ?? 0) + 1;
  made.set(name, number);
  const owner = `${name}#${number}`;
  const onCrash = (error: unknown) => {
    crashed.push(owner);
    options.onCrash(error);
  };
  const scope = real.createScope(name, { ...options, onCrash });
  function labelled<Args extends unknown[], Result>(
    labelOf: (args: Args) => string,
    callback: (...args: Args) => Result,
  ): (...args: Args) => Result {
    return (...args) => {
      const label = labelOf(args);
      calls.set(label, (calls.get(label) ?? 0) + 1);
      strike(label, 'before', scope);
      const result = callback(...args);
      strike(label, 'after', scope);
      return result;
    };
  }

  /** The host creates two for an actor: the start, and the receiver of commands. */
  let hosted = 0;

  return {
    ...scope,
    clock: {
      ...scope.clock,
      setTimeout(callback, delayMs) {
        const label = `${owner} timer ${callback.name} ${site()}`;
        return scope.clock.setTimeout(
          labelled(() => label, callback),
          delayMs,
        );
      },
    },
    receive(channel, receiver) {
      const label = `${owner} channel ${channel.stats().name} ${site()}`;
      scope.receive(
        channel,
        labelled(() => label, receiver),
      );
    },
    guard(callback) {
      const place = site();
      if (!place.startsWith('src/core/actor/run-actor.ts')) {
        const label = `${owner} callback ${callback.name} ${place}`;
        return scope.guard(labelled(() => label, callback));
      }
      hosted += 1;
      const what = hosted === 1 ? () => 'start' : (args: unknown[]) => `told ${(args[0] as { type: string }).type}`;
      return scope.guard(labelled((args) => `${owner} ${what(args)} ${place}`, callback));
    },
    run(work) {
      const label = `${owner} promise ${work.name} ${site()}`;
      scope.run(async () => {
        const nth = (calls.get(label) ?? 0) + 1;
        calls.set(label, nth);
        strike(label, 'before', scope, nth);
        await work();
        strike(label, 'after', scope, nth);
      });
    },
    onEnd(release) {
      const label = `${owner} release ${release.name} ${site()}`;
      scope.onEnd(labelled(() => label, release));
    },
  };
}
