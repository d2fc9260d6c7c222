/**
 * The time of day in a view: what it says of times changes without an event. It is the gateway's time: the browser's clock may be wrong, and
 * a pairing code must not seem to have expired because of that.
 */
import { useEffect, useState } from 'preact/hooks';

/** The header `Date` has whole seconds, and the answer took its time. */
const PRECISION_MS = 5_000;

let aheadMs = 0;

/** @param serverMs the gateway's time of day, from an answer that has just arrived, in ms since 1970 */
export function noteGatewayTime(serverMs: number): void {
  const apartMs = Date.now() - serverMs;
  aheadMs = Math.abs(apartMs) > PRECISION_MS ? apartMs : 0;
}

/** In ms since 1970, by the gateway's clock. */
export function gatewayNow(): number {
  return Date.now() - aheadMs;
}

/** gatewayNow(); drawn anew every so often. */
export function useNow(everyMs = 10_000): number {
  const [nowMs, setNowMs] = useState(gatewayNow);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(gatewayNow()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return nowMs;
}

/** Midnight, in the browser's time zone. */
export function startOfDay(nowMs: number): number {
  return new Date(nowMs).setHours(0, 0, 0, 0);
}
