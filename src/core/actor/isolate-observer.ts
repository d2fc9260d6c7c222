/**
 * Who watches (a meter, a page, a record of what happened) must not stop what it watches: a throw of it is logged and counted,
 * and the watched goes on. The next call is made all the same: each stands for itself.
 */
import { messageOf } from '../errors.ts';
import type { Log } from '../log/log.ts';

/** @param name who watches, for the log. Faults often repeat: of these, the first, second, fourth, eighth … is logged. */
export function isolateObserver<Args extends unknown[]>(
  name: string,
  log: Log,
  watch: (...args: Args) => void,
): (...args: Args) => void {
  let faults = 0;
  return (...args) => {
    try {
      watch(...args);
    } catch (error) {
      faults += 1;
      const isPowerOfTwo = (faults & (faults - 1)) === 0;
      if (isPowerOfTwo) log.error(`${name} failed; what it watches goes on`, { faults, error: messageOf(error) });
    }
  };
}

/** Everything that somebody is told who watches. */
export function isolateObservers<Watcher extends object>(name: string, log: Log, watcher: Watcher): Watcher {
  const entries = Object.entries(watcher).map(([told, watch]) => [told, isolateObserver(name, log, watch)]);
  return Object.fromEntries(entries) as Watcher;
}
