/**
 * Detects a device that has silently stopped delivering: a lost card gives no error and no event.
 *
 * It measures the card's silence and not delays of this process. Blocks that arrived while this process was stopped, or
 * had no processor, are seen only after the timer has run. So the time by which a check is late does not count, and a
 * card that seems lost gets more time, in which this thread does run, before it counts as lost.
 */
import type { Clock } from '../../src/core/time/clock.ts';

/** After this time without a block the device counts as lost. */
const SILENCE_MS = 1_800;
/**
 * A device may start slowly: PulseAudio requests nothing for up to 2 s after another stream of it was closed. The first
 * blocks only fill buffers; the device counts as running after blocks have passed for a while.
 */
const WAKING_MS = 4_000;
const RUNS_AFTER_MS = 500;
/** The interval of the checks, and the additional time for a card that seems lost. */
const LOOK_EVERY_MS = 600;
/** A check that is later than this follows a stop of this process: it does not count the card as lost. */
const PUNCTUAL_MS = 100;

export interface Watchdog {
  /** A block was delivered or taken. */
  feed(): void;
  stop(): void;
}

/** Costs two wake-ups a second while the device runs. */
export function startWatchdog(clock: Clock, onSilence: () => void): Watchdog {
  let firstFedMs: number | undefined;
  let lastFedMs = clock.now();
  let limitMs = WAKING_MS;
  /** Time since the last block in which this thread did not run. */
  let awayMs = 0;
  let suspected = false;
  let dueMs = 0;
  let timer: unknown;
  lookAfter(LOOK_EVERY_MS);

  function lookAfter(delayMs: number): void {
    dueMs = clock.now() + delayMs;
    timer = clock.setTimeout(look, delayMs);
  }

  function look(): void {
    const nowMs = clock.now();
    const lateMs = Math.max(0, nowMs - dueMs);
    if (suspected && lateMs <= PUNCTUAL_MS) return onSilence();
    awayMs += lateMs;
    const leftMs = limitMs - LOOK_EVERY_MS - (nowMs - lastFedMs - awayMs);
    suspected = leftMs <= 0;
    lookAfter(suspected ? LOOK_EVERY_MS : Math.min(Math.ceil(leftMs), LOOK_EVERY_MS));
  }

  return {
    feed() {
      lastFedMs = clock.now();
      firstFedMs ??= lastFedMs;
      if (lastFedMs - firstFedMs >= RUNS_AFTER_MS) limitMs = SILENCE_MS;
      awayMs = 0;
      suspected = false;
    },
    stop: () => clock.clearTimeout(timer),
  };
}
