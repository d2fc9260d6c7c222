/**
 * When a turn was spoken, as far as that can be known when it is sent. A Raspberry Pi has no clock chip: it boots in 1970, or at the
 * moment at which it was switched off, and is told the time later. What was spoken before was stamped wrong. The time that has
 * passed since is known, however, as long as the machine was not started again. Pure.
 */

/** No release of Earshot is older, and certificates of a release of that time have ended by the latest. */
const EARLIEST_MS = Date.UTC(2025, 0, 1);
const LATEST_MS = Date.UTC(2061, 0, 1);
/** How far a device's clock may be from its gateway's before the gateway's is believed: it is where the record is kept. */
export const MAX_CLOCK_OFFSET_MS = 5_000;
/** A clock that is held to the network's time by small steps does not come to this; one that is set does. */
const CLOCK_SET_MS = 1_000;

/** What was noted when the turn began. */
export interface Stamp {
  /** By the wall clock, whatever it said. */
  startedAtMs: number;
  /** Missing in what older versions have stored. */
  boot?: { id: string; uptimeMs: number } | undefined;
}

export interface Now {
  wallMs: number;
  boot: { id: string; uptimeMs: number };
  /** The gateway's clock, if it is known. */
  gatewayMs?: number | undefined;
}

export interface Dated {
  startedAtMs: number;
  /**
   * - `as-stamped`: nothing speaks against it.
   * - `corrected`: the clock has been set since; exact.
   * - `not-later`: spoken before the machine was started, nobody knows when; dated to that start.
   * - `unknown`: nobody here knows what time it is; as stamped.
   */
  how: 'as-stamped' | 'corrected' | 'not-later' | 'unknown';
}

export function isPlausible(wallMs: number): boolean {
  return wallMs >= EARLIEST_MS && wallMs < LATEST_MS;
}

export function dateTurn(stamp: Stamp, now: Now): Dated {
  const { startedAtMs, boot } = stamp;
  const nowMs = timeNow(now);
  if (nowMs === undefined) return { startedAtMs, how: 'unknown' };
  if (boot?.id === now.boot.id) {
    const spokenAtMs = nowMs - Math.max(0, now.boot.uptimeMs - boot.uptimeMs);
    return Math.abs(spokenAtMs - startedAtMs) <= CLOCK_SET_MS
      ? { startedAtMs, how: 'as-stamped' }
      : { startedAtMs: Math.round(spokenAtMs), how: 'corrected' };
  }
  const bootedAtMs = nowMs - now.boot.uptimeMs;
  // Of a turn that an older version has stored it is not known that the machine was started since.
  const latestMs = boot ? bootedAtMs + MAX_CLOCK_OFFSET_MS : nowMs;
  return isPlausible(startedAtMs) && startedAtMs <= latestMs
    ? { startedAtMs, how: 'as-stamped' }
    : { startedAtMs: Math.round(bootedAtMs), how: 'not-later' };
}

/** Of the two clocks the one to believe; undefined when neither can be right. */
function timeNow({ wallMs, gatewayMs }: Now): number | undefined {
  const own = isPlausible(wallMs) ? wallMs : undefined;
  const theirs = gatewayMs !== undefined && isPlausible(gatewayMs) ? gatewayMs : undefined;
  if (own === undefined || theirs === undefined) return own ?? theirs;
  return Math.abs(own - theirs) <= MAX_CLOCK_OFFSET_MS ? own : theirs;
}
