/**
 * The time of day in a view: what it says of times changes without an event.
 */
import { useEffect, useState } from 'preact/hooks';

/** In ms since 1970; drawn anew every so often. */
export function useNow(everyMs = 10_000): number {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return nowMs;
}

/** Midnight, by the browser's clock. */
export function startOfDay(nowMs: number): number {
  return new Date(nowMs).setHours(0, 0, 0, 0);
}
