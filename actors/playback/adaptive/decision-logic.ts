/**
 * Decides each tick whether to remove or insert samples, and how many.
 *
 * A stretch changes the length by at least 2.5 ms, so smaller amounts are collected as credit until one is possible.
 */
import { SAMPLES_PER_MS } from '../../../src/protocol/format.ts';
import { TICK_SAMPLES } from '../jitter-buffer.ts';
import { MIN_LAG_SAMPLES } from './pitch-search.ts';
import type { Playhead } from './playhead.ts';
import { LONGEST_CUT_SAMPLES, LONGEST_INSERT_SAMPLES } from './time-stretch.ts';

/**
 * Above the target: pauses are shortened from 5 ms of excess on; speech only for a large excess, and then until it is
 * gone.
 */
const NEAR_TARGET_MS = 5;
const SPEECH_EXCESS_MS = 20;
const SPEECH_EXCESS_OF_TARGET = 0.25;
/** Below the target: pauses are lengthened as soon as the shortest insertion (2.5 ms) does not exceed the target. */
const LACK_MS = 3;
/** Far above the target, as after a stall, more is removed; with a very large excess also where it is audible. */
const FAR_OVER_MS = 60;
const FAR_OVER_OF_TARGET = 0.5;
const VERY_FAR_OVER_MS = 400;

/** ms removed per ms played. In speech 0.25 is hardly audible, in pauses it is not audible. */
const REMOVE_IN_SPEECH = 0.25;
const REMOVE_FAR_OVER = 0.5;
const REMOVE_IN_PAUSE = 0.8;
/**
 * ms inserted per ms played: 0.3 is a speed of 0.7, for the length of a stall. Never more than half: more would stop
 * playback.
 */
const INSERT_IN_SPEECH = 0.3;
const INSERT_IN_SPEECH_UNHURRIED = 0.2;
const INSERT_IN_PAUSE = 0.5;

/** Correlation of two segments from which they count as equal. */
const ALIKE = 0.85;
const ALIKE_VERY_FAR_OVER = 0.6;
const ALIKE_NEARLY_EMPTY = 0.4;

/**
 * A packet is stalled when it is later than this, later than usual, and later than the target covers. Within these
 * limits it is jitter; slowing down for jitter only has to be undone later. In a pause the threshold is lower, because
 * slowing down is not audible there.
 */
const STALL_MS = 12;
const STALL_OF_TARGET = 0.35;
const STALL_IN_PAUSE = 0.7;
/**
 * In a stall, playback slows down when the remaining audio is shorter than this, than so many packets (a longer packet arrives less often, so more
 * has to be gained for each), or than so many times the length of the stall so far: a stall of unknown length may last as long again.
 */
const NEARLY_EMPTY_MS = 40;
const NEARLY_EMPTY_PACKETS = 2;
const NEARLY_EMPTY_STALLS = 2;
/**
 * A tick and a half: with so little audio left, playback slows down even if the lateness is usual. With a slowly
 * growing delay every lateness becomes usual.
 */
const LAST_MS = 15;
/** Without a stall, speech is slowed only when the delay is well below the target. */
const SPEECH_LACK_OF_TARGET = 0.9;
/** The search may use slightly more than the credit, or it would never find a whole period. */
const OVERDRAFT_SAMPLES = 160;

export type Change = 'none' | 'remove' | 'insert';

export class DecisionLogic {
  change: Change = 'none';
  /** The change that is allowed: at most this many samples, if the correlation is at least this high. */
  maxSamples = 0;
  minCorrelation = ALIKE;
  private readonly keepsSurplus: boolean;
  private isCatchingUp = false;
  private removeCredit = 0;
  private insertCredit = 0;

  /** `keepsSurplus`: delay above the target is a safety margin from the sender, and is not removed. */
  constructor(keepsSurplus: boolean) {
    this.keepsSurplus = keepsSurplus;
  }

  /**
   * `targetMs` for the next sample; `isPause`: the next samples are background noise; `isLongPause`: so is the length of the longest
   * cut.
   */
  decide(
    { delayMs, latenessMs, usualLatenessMs, stallMs, packetMs }: Readonly<Playhead>,
    targetMs: number,
    isPause: boolean,
    isLongPause: boolean,
  ): void {
    const overMs = this.keepsSurplus ? Math.min(0, delayMs - targetMs) : delayMs - targetMs;
    const leftMs = delayMs - latenessMs;
    const jitterMs = Math.max(STALL_MS, STALL_OF_TARGET * targetMs, Math.min(usualLatenessMs, targetMs));
    const nearlyEmptyMs = Math.max(NEARLY_EMPTY_MS, NEARLY_EMPTY_PACKETS * packetMs, NEARLY_EMPTY_STALLS * stallMs);
    const isStalled =
      (latenessMs > jitterMs * (isPause ? STALL_IN_PAUSE : 1) && leftMs < nearlyEmptyMs) ||
      (latenessMs > STALL_MS && leftMs < LAST_MS);
    if (overMs < NEAR_TARGET_MS) this.isCatchingUp = false;
    else if (overMs > Math.max(SPEECH_EXCESS_MS, SPEECH_EXCESS_OF_TARGET * targetMs)) this.isCatchingUp = true;

    if (!isStalled && overMs > NEAR_TARGET_MS && (isPause || this.isCatchingUp)) {
      this.remove(overMs, targetMs, isLongPause);
    } else if (isStalled || (overMs < -LACK_MS && (isPause || delayMs < targetMs * SPEECH_LACK_OF_TARGET))) {
      this.insert(isStalled, leftMs, -overMs, isPause);
    } else {
      this.change = 'none';
      this.removeCredit = 0;
      this.insertCredit = 0;
    }
  }

  private remove(overMs: number, targetMs: number, isLongPause: boolean): void {
    const inSpeech = overMs > Math.max(FAR_OVER_MS, FAR_OVER_OF_TARGET * targetMs) ? REMOVE_FAR_OVER : REMOVE_IN_SPEECH;
    const rate = isLongPause ? REMOVE_IN_PAUSE : inSpeech;
    this.insertCredit = 0;
    this.removeCredit = Math.min(this.removeCredit + rate * TICK_SAMPLES, LONGEST_CUT_SAMPLES);
    this.minCorrelation = overMs > VERY_FAR_OVER_MS ? ALIKE_VERY_FAR_OVER : ALIKE;
    this.maxSamples = Math.min(this.removeCredit + OVERDRAFT_SAMPLES, Math.floor(overMs * SAMPLES_PER_MS));
    this.change = this.removeCredit >= MIN_LAG_SAMPLES ? 'remove' : 'none';
  }

  private insert(isStalled: boolean, leftMs: number, lackMs: number, isPause: boolean): void {
    const inSpeech = isStalled ? INSERT_IN_SPEECH : INSERT_IN_SPEECH_UNHURRIED;
    const rate = isPause ? INSERT_IN_PAUSE : inSpeech;
    this.removeCredit = 0;
    this.insertCredit = Math.min(this.insertCredit + rate * TICK_SAMPLES, LONGEST_INSERT_SAMPLES);
    this.minCorrelation = isStalled && leftMs < NEARLY_EMPTY_MS ? ALIKE_NEARLY_EMPTY : ALIKE;
    // In a stall as much as possible is inserted; otherwise the target is not exceeded.
    const mostSamples = isStalled ? LONGEST_INSERT_SAMPLES : Math.ceil(lackMs * SAMPLES_PER_MS);
    this.maxSamples = Math.min(this.insertCredit + OVERDRAFT_SAMPLES, LONGEST_INSERT_SAMPLES, mostSamples);
    this.change = this.insertCredit >= MIN_LAG_SAMPLES ? 'insert' : 'none';
  }

  /** This many samples were removed or inserted. */
  spend(samples: number): void {
    if (this.change === 'remove') this.removeCredit -= samples;
    else this.insertCredit -= samples;
  }
}
