/**
 * An observer (a meter, a page, a log of events) must not stop what it observes. When it throws, the error is logged and counted, and the
 * observed part goes on. The next call is made as usual.
 */
import { messageOf } from '../errors.ts';
import type { Log } from '../log/log.ts';

/** @param name of the observer, for the log. Errors often repeat: the first, second, fourth, eighth … is logged. */
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
      if (isPowerOfTwo)
        log.error('an observer failed; the observed part goes on', { part: name, faults, error: messageOf(error) });
    }
  };
}

/** The same for an observer with several callbacks. */
export function isolateObservers<Watcher extends object>(name: string, log: Log, watcher: Watcher): Watcher {
  const entries = Object.entries(watcher).map(([told, watch]) => [told, isolateObserver(name, log, watch)]);
  return Object.fromEntries(entries) as Watcher;
}
