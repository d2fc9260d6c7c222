/** Notices a device that has silently stopped delivering: a lost card gives no error and no event. */
import type { Clock } from '../../src/clock.ts';

/** Nothing for this long means lost. */
const SILENCE_MS = 1_800;
/** Before its first block a device may wake up slowly: a virtual one was seen to take 1.6 s. */
const FIRST_BLOCK_MS = 4_000;
/** After a stall of this process the timer runs before what had come meanwhile is seen: look a second time. */
const SECOND_LOOK_MS = 50;

export interface Watchdog {
  /** A block came or went. */
  feed(): void;
  stop(): void;
}

/** Costs one wake-up in two seconds while all is well. */
export function startWatchdog(clock: Clock, onSilence: () => void): Watchdog {
  let lastFedMs = clock.now();
  let limitMs = FIRST_BLOCK_MS;
  let suspected = false;
  let timer = clock.setTimeout(look, SILENCE_MS);

  function look(): void {
    const leftMs = lastFedMs + limitMs - clock.now();
    if (leftMs <= 0 && suspected) return onSilence();
    suspected = leftMs <= 0;
    timer = clock.setTimeout(look, suspected ? SECOND_LOOK_MS : Math.ceil(Math.min(leftMs, SILENCE_MS)));
  }

  return {
    feed() {
      lastFedMs = clock.now();
      limitMs = SILENCE_MS;
    },
    stop: () => clock.clearTimeout(timer),
  };
}
