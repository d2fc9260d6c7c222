/** What a browser and Node both have: time, and in a browser the notice that the network is back. */
import type { WatchInterfaces } from '../../actors/network/interface-watch.ts';
import type { Clock } from '../core/time/clock.ts';

export const platformClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as never),
};

/** The events of a window that tell that a connection may be possible again. */
const MAY_CONNECT = ['online', 'pageshow', 'focus'];

/** Where there is no window, the backoff alone decides. */
export const watchOnline: WatchInterfaces = (onAvailable, { guard }) => {
  const { addEventListener: add, removeEventListener: remove } = globalThis as Partial<Listening>;
  if (!add || !remove) return () => {};
  const stop = () => {
    for (const name of MAY_CONNECT) remove(name, listener);
  };
  const listener = guard(() => {
    stop();
    onAvailable();
  });
  for (const name of MAY_CONNECT) add(name, listener);
  return stop;
};

interface Listening {
  addEventListener(name: string, listener: () => void): void;
  removeEventListener(name: string, listener: () => void): void;
}
