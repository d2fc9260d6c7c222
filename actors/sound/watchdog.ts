/**
 * Notices a device that has silently stopped delivering: a lost card gives no error and no event.
 *
 * It measures the card's silence and not our own absence. What had come while this process was stopped, or got no processor,
 * is seen only after the timer has run: time by which a look is late does not count, and a card that seems lost gets more time,
 * in which this thread does run, before it is given up.
 */
import type { Clock } from '../../src/core/time/clock.ts';

/** Nothing for this long means lost. */
const SILENCE_MS = 1_800;
/**
 * A device may wake up slowly: PulseAudio asks for nothing for up to 2 s after another stream of it was closed. The first blocks
 * prove nothing, they only fill buffers; it runs when blocks have come and gone for a while.
 */
const WAKING_MS = 4_000;
const RUNS_AFTER_MS = 500;
/** How often is looked, and the time that a card gets that seems lost. */
const LOOK_EVERY_MS = 600;
/** A look that is later than this follows an absence: it gives no card up. */
const PUNCTUAL_MS = 100;

export interface Watchdog {
  /** A block came or went. */
  feed(): void;
  stop(): void;
}

/** Costs two wake-ups a second while all is well. */
export function startWatchdog(clock: Clock, onSilence: () => void): Watchdog {
  let firstFedMs: number | undefined;
  let lastFedMs = clock.now();
  let limitMs = WAKING_MS;
  /** Since the last block, how long this thread was away. */
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
