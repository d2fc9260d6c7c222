/**
 * Sets FEC and bitrate of the encoder by the receiver's reports of loss and delay. Pure: reports in, settings out.
 *
 * It starts with the specification's settings. Over TCP frames are late but never lost; then FEC recovers nothing and costs
 * quality (PESQ 4.31 without, 3.78 with it), so it is switched off. Where frames are lost it stays on. With a standing queue the
 * bitrate goes down to what the link seems to carry. Then it goes up step by step, more slowly after each step that was too much.
 *
 * A queue is standing when the minimum delay of two seconds is long (the minimum of a window, as in CoDel, RFC 8289). After a stall
 * of TCP everything arrives at once and no queue remains: the link has the capacity, and a lower bitrate would not help.
 */
import type { ReceiverReport } from '../../src/core/actor/data-plane.ts';
import { type EncoderSettings, SPECIFIED_SETTINGS } from './encoder-settings.ts';

/** Time constant of the loss average: a single lost packet does not make a link lossy. */
const LOSS_MEMORY_MS = 5_000;
/** FEC is switched on at 2 % loss, and off after 8 s below 0.5 %. */
const FEC_ON_PERCENT = 2;
const FEC_OFF_PERCENT = 0.5;
const FEC_OFF_AFTER_MS = 8_000;
/** libopus writes FEC from about 10 % expected loss; above 30 % it would spend more bits on copies than on speech. */
const LEAST_EXPECTED_LOSS_PERCENT = 10;
const MOST_EXPECTED_LOSS_PERCENT = 30;
/** Expected loss changes in steps, so that the encoder is not reconfigured at each report. */
const EXPECTED_LOSS_STEP_PERCENT = 5;

/** Bitrates with an audible difference: wideband at 24 and 20 kbit/s, mediumband at 16, narrowband at 12. */
const BITRATES = [12_000, 16_000, 20_000, 24_000] as const;
/** A queue is standing when for this time at least this backlog waits here, or packets are later than a loss and its retransmission explain. */
const STANDING_MS = 2_000;
const STANDING_BACKLOG_MS = 300;
const STANDING_LATENESS_MS = 250;
const STANDING_LATENESS_ROUND_TRIPS = 4;
/** When the queue grows with each report, this shorter time is enough. Reports arrive every 500 ms. */
const GROWING_MS = 1_500;
/** Tolerance for the jitter of the reports. */
const REPORT_TOLERANCE_MS = 100;
/** A queue that shrinks at this rate, in ms a ms, needs no further step. */
const DRAINING = -0.05;
/** Share of the link's estimated capacity that is used: the rest empties the queue. */
const USABLE_SHARE = 0.95;
/** Clear: at most one packet waits, and the minimum delay is short. Between clear and standing nothing changes. */
const CLEAR_BACKLOG_MS = 60;
const STEP_UP_AFTER_MS = 10_000;
/** A step up that led to congestion within this time was too much: the next one waits twice as long, at most two minutes. */
const PROBE_MS = 15_000;
const LONGEST_STEP_UP_WAIT_MS = 120_000;
/** After this time without congestion the link may have changed. */
const FORGET_MS = 180_000;

export interface EncoderController {
  /** The settings from now on: the same object as before when nothing changed. */
  report(report: ReceiverReport, nowMs: number): EncoderSettings;
  readonly settings: EncoderSettings;
}

/** `initial.bitrate` is also the most that is ever used. */
export function createEncoderController(initial: EncoderSettings = SPECIFIED_SETTINGS): EncoderController {
  const protection = createProtection(initial);
  const rate = createRate(initial.bitrate);
  let settings = initial;
  return {
    report(report, nowMs) {
      const next = { ...settings, ...protection(report, nowMs), bitrate: rate(report, nowMs) };
      const isSame =
        next.fec === settings.fec &&
        next.packetLossPercent === settings.packetLossPercent &&
        next.bitrate === settings.bitrate;
      if (!isSame) settings = next;
      return settings;
    },
    get settings() {
      return settings;
    },
  };
}

type Protection = Pick<EncoderSettings, 'fec' | 'packetLossPercent'>;

/** Sets FEC by the measured loss. */
function createProtection(initial: EncoderSettings) {
  let current: Protection = { fec: initial.fec, packetLossPercent: initial.packetLossPercent };
  let meanLoss: number | undefined;
  let lastMs = 0;
  let losslessSinceMs: number | undefined;

  return ({ lossPercent }: ReceiverReport, nowMs: number): Protection => {
    const loss = clamp(lossPercent, 0, 100);
    const share = meanLoss === undefined ? 1 : 1 - Math.exp(-Math.max(0, nowMs - lastMs) / LOSS_MEMORY_MS);
    const mean = (meanLoss ?? loss) + share * (loss - (meanLoss ?? loss));
    meanLoss = mean;
    lastMs = nowMs;
    if (mean >= FEC_OFF_PERCENT) losslessSinceMs = undefined;
    else losslessSinceMs ??= nowMs;
    const hasBeenLossless = losslessSinceMs !== undefined && nowMs - losslessSinceMs >= FEC_OFF_AFTER_MS;
    if (hasBeenLossless) current = { fec: false, packetLossPercent: 0 };
    else if (mean >= FEC_ON_PERCENT) {
      const expected = expectedLoss(mean);
      // Up at once, down with a hysteresis of one step.
      const isStale = expected > current.packetLossPercent || expectedLoss(mean * 1.3) < current.packetLossPercent;
      if (!current.fec || isStale) current = { fec: true, packetLossPercent: expected };
    }
    return current;
  };
}

function expectedLoss(meanPercent: number): number {
  const stepped = Math.ceil(meanPercent / EXPECTED_LOSS_STEP_PERCENT) * EXPECTED_LOSS_STEP_PERCENT;
  return clamp(stepped, LEAST_EXPECTED_LOSS_PERCENT, MOST_EXPECTED_LOSS_PERCENT);
}

/** Sets the bitrate by the capacity of the link. */
function createRate(most: number) {
  const steps = [...BITRATES.filter((bitrate) => bitrate < most), most];
  const standing = createStandingQueue();
  let step = steps.length - 1;
  let steppedUpAtMs = Number.NEGATIVE_INFINITY;
  let clearSinceMs: number | undefined;
  let stepUpAfterMs = STEP_UP_AFTER_MS;

  return (report: ReceiverReport, nowMs: number): number => {
    const growth = standing.growth(report, nowMs);
    if (growth !== undefined || report.backlogMs > CLEAR_BACKLOG_MS) clearSinceMs = undefined;
    else clearSinceMs ??= nowMs;

    if (growth !== undefined && growth > DRAINING && step > 0) {
      if (nowMs - steppedUpAtMs < PROBE_MS) stepUpAfterMs = Math.min(stepUpAfterMs * 2, LONGEST_STEP_UP_WAIT_MS);
      const carried = (steps[step] ?? most) * (1 - clamp(growth, 0, 1)) * USABLE_SHARE;
      step = Math.max(
        0,
        Math.min(
          step - 1,
          steps.findLastIndex((bitrate) => bitrate <= carried),
        ),
      );
      standing.forget();
    } else if (clearSinceMs !== undefined && nowMs - clearSinceMs >= stepUpAfterMs && step < steps.length - 1) {
      step += 1;
      steppedUpAtMs = nowMs;
      clearSinceMs = nowMs;
    } else if (clearSinceMs !== undefined && nowMs - clearSinceMs >= FORGET_MS) stepUpAfterMs = STEP_UP_AFTER_MS;
    return steps[step] ?? most;
  };
}

/** The backlog and the delay of one report. */
interface Waiting {
  atMs: number;
  latenessMs: number;
  backlogMs: number;
}

/** Detects a standing queue in the reports of the last two seconds. */
function createStandingQueue() {
  let window: Waiting[] = [];
  return {
    /** Growth of the standing queue, in ms a ms; undefined when there is none. */
    growth({ latenessMs, backlogMs, roundTripMs }: ReceiverReport, nowMs: number): number | undefined {
      window = [
        ...window.filter(({ atMs }) => atMs >= nowMs - STANDING_MS - REPORT_TOLERANCE_MS),
        { atMs: nowMs, latenessMs, backlogMs },
      ];
      const [first, last] = [window[0], window[window.length - 1]];
      if (!first || !last) return undefined;
      const longMs = Math.max(STANDING_LATENESS_MS, STANDING_LATENESS_ROUND_TRIPS * roundTripMs);
      const isLate = window.every((each) => each.latenessMs > longMs);
      const isPiledUp = window.every((each) => each.backlogMs > STANDING_BACKLOG_MS);
      if (!isLate && !isPiledUp) return undefined;
      const waits = window.map((each) => Math.max(each.latenessMs, each.backlogMs));
      const isGrowing = waits.every((waitMs, i) => i === 0 || waitMs > (waits[i - 1] ?? 0));
      const seenMs = last.atMs - first.atMs;
      if (seenMs < (isGrowing ? GROWING_MS : STANDING_MS) - REPORT_TOLERANCE_MS) return undefined;
      return ((waits[waits.length - 1] ?? 0) - (waits[0] ?? 0)) / seenMs;
    },
    /** Starts again after a change of bitrate, to measure its effect. */
    forget() {
      window = [];
    },
  };
}

function clamp(value: number, least: number, most: number): number {
  return Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : least;
}
