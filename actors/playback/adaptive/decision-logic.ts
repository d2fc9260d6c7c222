/**
 * How fast to play: decides each tick whether to remove or insert sound, and how much of it is due by now.
 *
 * A stretch edits at least 2.5 ms, so what is due is saved up as credit until one can be made.
 */
import { SAMPLES_PER_MS } from '../../../src/protocol/format.ts';
import { TICK_SAMPLES } from '../jitter-buffer.ts';
import { MIN_LAG_SAMPLES } from './pitch-search.ts';
import { LONGEST_CUT_SAMPLES, LONGEST_INSERT_SAMPLES } from './time-stretch.ts';

/** Over the target: pauses are shortened from 5 ms on; speech for a real excess only, and then until that is gone. */
const NEAR_TARGET_MS = 5;
const SPEECH_EXCESS_MS = 30;
const SPEECH_EXCESS_OF_TARGET = 0.4;
/** Under the target: pauses are lengthened as soon as the shortest insert (2.5 ms) does not overshoot. */
const LACK_MS = 3;
/** Far over the target: more is removed, with less care. */
const FAR_OVER_MS = 400;

/** ms removed per ms played. In speech a quarter is hardly noticed; in pauses nobody hears it. */
const REMOVE_IN_SPEECH = 0.25;
const REMOVE_FAR_OVER = 0.4;
const REMOVE_IN_PAUSE = 0.8;
/** ms inserted per ms played: 0.3 is 0.7 speed, for the length of a stall. Never more than half: that would freeze time. */
const INSERT_IN_SPEECH = 0.3;
const INSERT_IN_SPEECH_UNHURRIED = 0.2;
const INSERT_IN_PAUSE = 0.5;

/** Correlation that two places need to be taken for the same. */
const ALIKE = 0.85;
const ALIKE_FAR_OVER = 0.6;
const ALIKE_NEARLY_EMPTY = 0.4;

/**
 * A packet is stalled when it is later than this, and than packets usually are or the target covers: within both it is jitter,
 * and slowing down for jitter only has to be taken back. Sooner in a pause, where slowing down costs nothing.
 */
const STALL_MS = 12;
const STALL_OF_TARGET = 0.35;
const STALL_IN_PAUSE = 0.7;
/** A stall is met by slowing down once what is left is less than this, or than the packet is late. */
const NEARLY_EMPTY_MS = 40;
/** A tick and a half: so little is met by slowing down whatever is usual. A delay that grows slowly makes every lateness usual. */
const LAST_MS = 15;
/** Without a stall speech is slowed only for a delay well below the target. */
const SPEECH_LACK_OF_TARGET = 0.9;
/** A search may take a little more than is due, or it never finds a whole period. */
const OVERDRAFT_SAMPLES = 160;

export type Change = 'none' | 'remove' | 'insert';

export class DecisionLogic {
  change: Change = 'none';
  /** For the change: at most so many samples, where the correlation is at least so high. */
  maxSamples = 0;
  minCorrelation = ALIKE;
  private readonly keepsSurplus: boolean;
  private isCatchingUp = false;
  private removeCredit = 0;
  private insertCredit = 0;

  /** `keepsSurplus`: delay over the target is safety that the sender gave, not delay to be removed. */
  constructor(keepsSurplus: boolean) {
    this.keepsSurplus = keepsSurplus;
  }

  /**
   * `delayMs` of the next sample and `targetMs` for it; `latenessMs`: how late the next packet is already, `usualLatenessMs`:
   * what is usual; `isPause`: the next sound is background noise; `isLongPause`: so is all that a cut could take.
   */
  decide(
    delayMs: number,
    targetMs: number,
    latenessMs: number,
    usualLatenessMs: number,
    isPause: boolean,
    isLongPause: boolean,
  ): void {
    const overMs = this.keepsSurplus ? Math.min(0, delayMs - targetMs) : delayMs - targetMs;
    const leftMs = delayMs - latenessMs;
    const jitterMs = Math.max(STALL_MS, STALL_OF_TARGET * targetMs, Math.min(usualLatenessMs, targetMs));
    const isStalled =
      (latenessMs > jitterMs * (isPause ? STALL_IN_PAUSE : 1) && leftMs < Math.max(NEARLY_EMPTY_MS, latenessMs)) ||
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
    const inSpeech = overMs > Math.max(targetMs, FAR_OVER_MS) ? REMOVE_FAR_OVER : REMOVE_IN_SPEECH;
    const rate = isLongPause ? REMOVE_IN_PAUSE : inSpeech;
    this.insertCredit = 0;
    this.removeCredit = Math.min(this.removeCredit + rate * TICK_SAMPLES, LONGEST_CUT_SAMPLES);
    this.minCorrelation = overMs > FAR_OVER_MS ? ALIKE_FAR_OVER : ALIKE;
    this.maxSamples = Math.min(this.removeCredit + OVERDRAFT_SAMPLES, Math.floor(overMs * SAMPLES_PER_MS));
    this.change = this.removeCredit >= MIN_LAG_SAMPLES ? 'remove' : 'none';
  }

  private insert(isStalled: boolean, leftMs: number, lackMs: number, isPause: boolean): void {
    const inSpeech = isStalled ? INSERT_IN_SPEECH : INSERT_IN_SPEECH_UNHURRIED;
    const rate = isPause ? INSERT_IN_PAUSE : inSpeech;
    this.removeCredit = 0;
    this.insertCredit = Math.min(this.insertCredit + rate * TICK_SAMPLES, LONGEST_INSERT_SAMPLES);
    this.minCorrelation = isStalled && leftMs < NEARLY_EMPTY_MS ? ALIKE_NEARLY_EMPTY : ALIKE;
    // A stall takes what it can get; otherwise the target is not overshot.
    const mostSamples = isStalled ? LONGEST_INSERT_SAMPLES : Math.ceil(lackMs * SAMPLES_PER_MS);
    this.maxSamples = Math.min(this.insertCredit + OVERDRAFT_SAMPLES, LONGEST_INSERT_SAMPLES, mostSamples);
    this.change = this.insertCredit >= MIN_LAG_SAMPLES ? 'insert' : 'none';
  }

  /** So many samples were really removed or inserted. */
  spend(samples: number): void {
    if (this.change === 'remove') this.removeCredit -= samples;
    else this.insertCredit -= samples;
  }
}
