/**
 * Chooses the target delay by simulation: simulated players, each with its own target, process the real arrivals. The
 * target is the mean of theirs; the lower the cost of a player in the last half minute, the more it counts.
 *
 * This needs no model of the network. A quantile of the delays tells how often packets are late, but not what a stall
 * costs a player that has just had another stall.
 */
import { UsualLateness } from './usual-lateness.ts';

/** About geometric: one step is about the smallest audible difference. ms above the fastest arrival. */
const TARGETS_MS = [
  0, 6, 10, 14, 20, 26, 34, 44, 56, 70, 86, 105, 130, 160, 195, 240, 290, 350, 420, 500, 600, 720, 860, 1030, 1240,
  1500, 1800, 2200,
];

/** Time constant of the running means: long enough for a few stalls, short enough to follow a link that changes. */
const MEMORY_SECONDS = 30;
/**
 * How fast a simulated player loses surplus delay and gains missing delay, in ms a ms: the average effect of time
 * stretching.
 */
const FALL_RATE = 0.4;
const RISE_RATE = 0.1;
/** Share of a stall that slowing down covers before the buffer is empty. */
const COVERED_BY_SLOWING = 0.1;
/** Limit of what one stall costs: a stall that no delay of a conversation could cover must not determine the target. */
const LONGEST_STALL_MS = 300;

/**
 * Prior, before there are measurements; it has the weight of this much time. Both values fall by a factor of e for
 * every so many ms of target.
 */
const PRIOR_SECONDS = 4;
/** Limit of the weight that the measurements of the last stream have as the prior of the next. */
const REMEMBERED_SECONDS = 12;
const PRIOR_SCALE_MS = 20;
const PRIOR_CONCEALED_SHARE = 0.01;
const PRIOR_EVENTS_PER_MINUTE = 6;

/**
 * The cost of a call in ms of delay: the delay itself, the concealed share (%) and the events a minute. The latter two
 * are squared at first and linear later. Where each is at its knee, a call is bad already.
 */
const CONCEALED_WEIGHT_MS = 130;
const CONCEALED_KNEE_PERCENT = 6;
const EVENT_WEIGHT_MS = 6;
const EVENT_KNEE_PER_MINUTE = 12;
const DELAY_OFFSET_MS = 20;
/**
 * A player whose cost is higher than the lowest by this share of it counts e times less. The costs are those of a few stalls: which of several nearly
 * equal players is the best one changes with each of them, and a target that follows makes the longest delays.
 */
const COST_TOLERANCE = 0.3;

/** With more buffered audio than `maxMs` a player skips until `remainingMs` is left. */
export interface BufferLimit {
  maxMs: number;
  remainingMs: number;
}

export class DelayManager {
  /** ms above the fastest arrival. */
  targetMs = 0;
  private readonly usual = new UsualLateness();
  private readonly count = TARGETS_MS.length;
  private readonly targets = Float64Array.from(TARGETS_MS);
  private readonly delays = Float64Array.from(TARGETS_MS);
  private readonly meanDelays = Float64Array.from(TARGETS_MS);
  private readonly concealedShares: Float64Array;
  private readonly eventRates: Float64Array;
  private readonly costs = new Float64Array(TARGETS_MS.length);
  private readonly interruptionWeight: number;
  private limit: BufferLimit = { maxMs: Number.POSITIVE_INFINITY, remainingMs: 0 };
  private seenSeconds = PRIOR_SECONDS;

  /** `interruptionWeight`: weight of concealed samples relative to delay; 1 by default. */
  constructor(interruptionWeight = 1) {
    this.interruptionWeight = interruptionWeight;
    this.concealedShares = this.targets.map((target) => PRIOR_CONCEALED_SHARE * Math.exp(-target / PRIOR_SCALE_MS));
    this.eventRates = this.targets.map((target) => PRIOR_EVENTS_PER_MINUTE * Math.exp(-target / PRIOR_SCALE_MS));
  }

  /**
   * Another stream on the same path: its statistics remain as a prior with a limited weight; the states of the players
   * are reset.
   */
  renew(limit: BufferLimit): void {
    this.limit = limit;
    this.delays.set(TARGETS_MS);
    this.meanDelays.set(TARGETS_MS);
    this.seenSeconds = Math.min(this.seenSeconds, REMEMBERED_SECONDS);
  }

  /** The reference of the delays has changed. */
  shift(baseMovedMs: number): void {
    for (let i = 0; i < this.count; i++) this.delays[i] = Math.max(0, at(this.delays, i) - baseMovedMs);
  }

  /** Usual lateness of packets, in ms above the fastest arrival. */
  get usualLatenessMs(): number {
    return this.usual.ms;
  }

  /** A packet of `packetMs` arrived `latenessMs` after the fastest. */
  observe(latenessMs: number, packetMs: number): void {
    this.usual.observe(latenessMs, packetMs);
    const memorySeconds = Math.min(MEMORY_SECONDS, this.seenSeconds);
    const share = Math.min(1, packetMs / 1_000 / memorySeconds);
    this.seenSeconds += packetMs / 1_000;
    let lowest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.count; i++) {
      this.live(i, latenessMs, packetMs, share);
      const cost = this.cost(i);
      this.costs[i] = cost;
      lowest = Math.min(lowest, cost);
    }
    this.targetMs = this.meanTargetMs(lowest);
  }

  private meanTargetMs(lowestCost: number): number {
    let sum = 0;
    let weights = 0;
    for (let i = 0; i < this.count; i++) {
      const weight = Math.exp((1 - at(this.costs, i) / lowestCost) / COST_TOLERANCE);
      sum += weight * at(this.targets, i);
      weights += weight;
    }
    return sum / weights;
  }

  private live(i: number, latenessMs: number, packetMs: number, share: number): void {
    const target = at(this.targets, i);
    let delay = at(this.delays, i);
    if (delay > target) delay = Math.max(target, delay - FALL_RATE * packetMs);
    else delay = Math.min(target, delay + RISE_RATE * packetMs);
    let stallMs = 0;
    let skippedMs = 0;
    if (delay - latenessMs > this.limit.maxMs) {
      skippedMs = delay - latenessMs - this.limit.remainingMs;
      delay -= skippedMs;
    } else if (latenessMs > delay) {
      stallMs = Math.min(LONGEST_STALL_MS, Math.max(0, latenessMs * (1 - COVERED_BY_SLOWING) - delay));
      delay = latenessMs;
    }
    this.delays[i] = delay;
    approach(this.meanDelays, i, delay, share);
    // Skipped speech costs as much as concealed speech; otherwise skipping would look cheap.
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
