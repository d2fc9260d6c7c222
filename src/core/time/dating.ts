/**
 * The date of a turn, as well as it is known when the turn is sent. A Raspberry Pi has no clock chip: it boots in 1970, or at the time
 * at which it was switched off, and the network sets its clock later. Turns before that have a wrong stamp. But the time that has
 * passed since then is known, as long as the machine has not rebooted. Pure.
 */

/** Earlier than each release of Earshot; later than each certificate of today is valid. */
const EARLIEST_MS = Date.UTC(2025, 0, 1);
const LATEST_MS = Date.UTC(2061, 0, 1);
/** Above this difference between the clocks of device and gateway the gateway's is used, because it keeps the record. */
export const MAX_CLOCK_OFFSET_MS = 5_000;
/** Small corrections by a time service stay below this; a clock that is set does not. */
const CLOCK_SET_MS = 1_000;

/** Taken when the turn begins. */
export interface Stamp {
  /** By the wall clock, which may be wrong. */
  startedAtMs: number;
  /** Missing in turns that older versions have stored. */
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
   * - `as-stamped`: the stamp is plausible.
   * - `corrected`: the clock was set after the turn; the date is exact.
   * - `not-later`: recorded before the last boot at an unknown time; dated to that boot.
   * - `unknown`: neither clock is plausible; as stamped.
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
  // A turn that an older version has stored does not tell its boot.
  const latestMs = boot ? bootedAtMs + MAX_CLOCK_OFFSET_MS : nowMs;
  return isPlausible(startedAtMs) && startedAtMs <= latestMs
    ? { startedAtMs, how: 'as-stamped' }
    : { startedAtMs: Math.round(bootedAtMs), how: 'not-later' };
}

/** The clock to use; undefined when neither is plausible. */
function timeNow({ wallMs, gatewayMs }: Now): number | undefined {
  const own = isPlausible(wallMs) ? wallMs : undefined;
  const theirs = gatewayMs !== undefined && isPlausible(gatewayMs) ? gatewayMs : undefined;
  if (own === undefined || theirs === undefined) return own ?? theirs;
  return Math.abs(own - theirs) <= MAX_CLOCK_OFFSET_MS ? own : theirs;
}
