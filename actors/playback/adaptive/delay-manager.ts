/**
 * Chooses the delay to aim at by trying them all: a bank of imaginary players, each with a target of its own, lives through
 * the real arrivals; the one whose last half a minute would have been the least annoying sets the target.
 *
 * This needs no model of the network. A quantile of the delays knows how often packets are late, but not what a stall costs
 * a player that has just been through another.
 */
import { UsualLateness } from './usual-lateness.ts';

/** About geometric: a step is what a listener might notice. ms above the fastest arrival. */
const TARGETS_MS = [
  0, 6, 10, 14, 20, 26, 34, 44, 56, 70, 86, 105, 130, 160, 195, 240, 290, 350, 420, 500, 600, 720, 860, 1030, 1240,
  1500, 1800, 2200,
];

/** Memory of the running means: long enough for a few stalls, short enough to follow a link that changes. */
const MEMORY_SECONDS = 30;
/** How fast an imaginary player loses surplus and gains what it lacks, in ms a ms: what stretching does on average. */
const FALL_RATE = 0.2;
const RISE_RATE = 0.1;
/** Share of a stall that slowing down covers before the buffer is empty. */
const COVERED_BY_SLOWING = 0.07;
/** A stall counts for no more: what no buffer could cover must not drive the target. */
const LONGEST_STALL_MS = 1_500;

/** Belief before anything is known, worth this much time: both fall by e for every so many ms of target. */
const PRIOR_SECONDS = 6;
/** What the last stream has taught is worth no more than this to the next. */
const REMEMBERED_SECONDS = 12;
const PRIOR_SCALE_MS = 20;
const PRIOR_CONCEALED_SHARE = 0.01;
const PRIOR_EVENTS_PER_MINUTE = 6;

/**
 * The cost of a call in ms of delay: delay itself, concealed share (%) and events a minute, the latter two square at
 * first and linear later. Their knees (3 %, 6 a minute) are where NetEQ lands on the lossy traces.
 */
const CONCEALED_WEIGHT_MS = 300;
const CONCEALED_KNEE_PERCENT = 3;
const EVENT_WEIGHT_MS = 3;
const EVENT_KNEE_PER_MINUTE = 6;
const DELAY_OFFSET_MS = 20;
/** The player in office pays only this share: the target does not flutter between equals. */
const CURRENT_COST_SHARE = 0.98;

/** What a player does that has more waiting than it wants to hold: it skips to what is kept. */
export interface BufferLimit {
  mostMs: number;
  keptMs: number;
}

export class DelayManager {
  /** Target of the winner, ms above the fastest arrival. */
  targetMs = 0;
  private readonly usual = new UsualLateness();
  private readonly count = TARGETS_MS.length;
  private readonly targets = Float64Array.from(TARGETS_MS);
  private readonly delays = Float64Array.from(TARGETS_MS);
  private readonly meanDelays = Float64Array.from(TARGETS_MS);
  private readonly concealedShares: Float64Array;
  private readonly eventRates: Float64Array;
  private readonly interruptionWeight: number;
  private limit: BufferLimit = { mostMs: Number.POSITIVE_INFINITY, keptMs: 0 };
  private seenSeconds = PRIOR_SECONDS;
  private currentIndex = -1;

  /** `interruptionWeight`: how much worse than by default made-up sound is than delay. */
  constructor(interruptionWeight = 1) {
    this.interruptionWeight = interruptionWeight;
    this.concealedShares = this.targets.map((target) => PRIOR_CONCEALED_SHARE * Math.exp(-target / PRIOR_SCALE_MS));
    this.eventRates = this.targets.map((target) => PRIOR_EVENTS_PER_MINUTE * Math.exp(-target / PRIOR_SCALE_MS));
  }

  /**
   * Another stream on the same path: what was learnt of the path stays, as a belief that is soon overruled; where the players
   * of the last stream ended does not.
   */
  renew(limit: BufferLimit): void {
    this.limit = limit;
    this.delays.set(TARGETS_MS);
    this.meanDelays.set(TARGETS_MS);
    this.seenSeconds = Math.min(this.seenSeconds, REMEMBERED_SECONDS);
    this.currentIndex = -1;
  }

  /** The reference that delays are counted from moved. */
  shift(baseMovedMs: number): void {
    for (let i = 0; i < this.count; i++) this.delays[i] = Math.max(0, at(this.delays, i) - baseMovedMs);
  }

  /** How late packets usually are, in ms above the fastest arrival. */
  get usualLatenessMs(): number {
    return this.usual.ms;
  }

  /** A packet of `packetMs` came `latenessMs` after the fastest. */
  observe(latenessMs: number, packetMs: number): void {
    this.usual.observe(latenessMs, packetMs);
    const memorySeconds = Math.min(MEMORY_SECONDS, this.seenSeconds);
    const share = Math.min(1, packetMs / 1_000 / memorySeconds);
    this.seenSeconds += packetMs / 1_000;
    let lowest = Number.POSITIVE_INFINITY;
    let winner = 0;
    for (let i = 0; i < this.count; i++) {
      this.live(i, latenessMs, packetMs, share);
      const cost = this.cost(i) * (i === this.currentIndex ? CURRENT_COST_SHARE : 1);
      if (cost < lowest) {
        lowest = cost;
        winner = i;
      }
    }
    this.currentIndex = winner;
    this.targetMs = at(this.targets, winner);
  }

  private live(i: number, latenessMs: number, packetMs: number, share: number): void {
    const target = at(this.targets, i);
    let delay = at(this.delays, i);
    if (delay > target) delay = Math.max(target, delay - FALL_RATE * packetMs);
    else delay = Math.min(target, delay + RISE_RATE * packetMs);
    let stallMs = 0;
    let skippedMs = 0;
    if (delay - latenessMs > this.limit.mostMs) {
      skippedMs = delay - latenessMs - this.limit.keptMs;
      delay -= skippedMs;
    } else if (latenessMs > delay) {
      stallMs = Math.min(LONGEST_STALL_MS, Math.max(0, latenessMs * (1 - COVERED_BY_SLOWING) - delay));
      delay = latenessMs;
    }
    this.delays[i] = delay;
    approach(this.meanDelays, i, delay, share);
    // Speech that is skipped is missed no less than speech that is made up, and would else flatter the delay.
    approach(this.concealedShares, i, (stallMs + skippedMs) / packetMs, share);
    approach(this.eventRates, i, stallMs > 0 ? 60_000 / packetMs : 0, share);
  }

  private cost(i: number): number {
    const concealedPercent = 100 * at(this.concealedShares, i);
    const events = at(this.eventRates, i);
    const concealment = (CONCEALED_WEIGHT_MS * concealedPercent ** 2) / (concealedPercent + CONCEALED_KNEE_PERCENT);
    const interruption = (EVENT_WEIGHT_MS * events ** 2) / (events + EVENT_KNEE_PER_MINUTE);
    return at(this.meanDelays, i) + DELAY_OFFSET_MS + this.interruptionWeight * (concealment + interruption);
  }
}

function at(array: Float64Array, i: number): number {
  return array[i] ?? 0;
}

function approach(means: Float64Array, i: number, value: number, share: number): void {
  means[i] = at(means, i) + share * (value - at(means, i));
}
