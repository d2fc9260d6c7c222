/**
 * The result of a load test, as `earshot load --json` prints it. docs/schemas/load.json describes each field; a test checks that it fits.
 */
import { countIn, quantileOf, type Sketch } from '../../../convex/sketch.ts';
import type { DeviceKind } from './load-device.ts';
import { NOT_ENDED } from './load-turn.ts';
import { type Measurement, sum, type TimelinePoint } from './measurement.ts';
import type { LoadMeasures } from './measures.ts';

/** Percentiles are within 5 % of the true ones (convex/sketch.ts). Null: nothing was measured. */
export type DelaySummary = { count: number; p50: number; p95: number; p99: number; max: number } | null;

export interface LoadSummary {
  devices: number;
  seconds: number;
  /** Mean number of devices in a turn. */
  talking: number;
  turns: {
    started: number;
    answered: number;
    /** Neither answered nor `offline`, by how they ended (`endOf` in load-turn.ts). */
    notAnswered: Record<string, number>;
    /** Of a whole test: within a minute after it. */
    notEnded: number;
    /** Why turns were `offline` or are not delivered, by code. */
    errors: Record<string, number>;
    offline: number;
    stored: number;
    inCloud: number;
    skipped: number;
  };
  frames: LoadMeasures['frames'];
  connections: LoadMeasures['connections'];
  delayMs: Record<keyof LoadMeasures['delayMs'], DelaySummary>;
  /** Null: it does not tell. */
  gateway: {
    /** 100 is a whole core. */
    cpuPercent: number;
    /** CPU of a second of one device in a turn. */
    cpuMsPerTalkSecond: number | null;
    residentMb: number;
    cloudCalls: Record<string, number>;
    cloudCallsPerTurn: number | null;
  } | null;
  loader: {
    processes: number;
    /** Of all its processes; 100 is a whole core. */
    cpuPercent: number;
    cpuMsPerTalkSecond: number | null;
    residentMb: number;
    lateMs: DelaySummary;
    /** It was so late itself that the delays are no longer those of the gateway. */
    isLate: boolean;
  };
}

export interface LoadResult extends LoadSummary {
  gatewayUrl: string;
  seed: number;
  arrivals: { pattern: string; turnsPerMinute: number };
  kind: DeviceKind;
  network: string;
  /** Turns that were over and not confirmed as stored when the test ended. */
  unconfirmed: number;
  timeline: TimelinePoint[];
}

/** A loader that is late by more than this share of a delay has made that delay itself. */
const LATE_SHARE = 0.5;
/** Timers are not more exact than this. */
const LATE_MS = 5;

export function loadSummary(devices: number, processes: number, measurement: Measurement): LoadSummary {
  const { measures, lengthMs, talking, loader, gateway } = measurement;
  const { turns, frames, connections, delayMs } = measures;
  const talkSeconds = (talking * lengthMs) / 1_000;
  // Where hardly anybody speaks it would be the cost of connected devices.
  const perTalkSecond = (cpuMs: number) => (talking >= 1 ? round(cpuMs / talkSeconds, 3) : null);
  const delays = Object.entries(delayMs).map(([name, sketch]) => [name, summaryOf(sketch)]);
  const lateMs = summaryOf(measures.lateMs);
  const delay = summaryOf(delayMs.reply) ?? summaryOf(delayMs.added);
  const over = sum(turns.over);
  return {
    ...{ devices, seconds: round(lengthMs / 1_000, 1), talking: round(talking, 1) },
    turns: turnsOf(measures, measurement.notEnded),
    ...{ frames, connections },
    delayMs: Object.fromEntries(delays) as LoadSummary['delayMs'],
    gateway: gateway
      ? {
          cpuPercent: round((100 * gateway.cpuMs) / lengthMs, 1),
          cpuMsPerTalkSecond: perTalkSecond(gateway.cpuMs),
          residentMb: round(gateway.residentBytes / 1e6, 1),
          cloudCalls: gateway.cloudCalls,
          cloudCallsPerTurn: over > 0 ? round(sum(gateway.cloudCalls) / over, 2) : null,
        }
      : null,
    loader: {
      processes,
      cpuPercent: round((100 * loader.cpuMs) / lengthMs, 1),
      cpuMsPerTalkSecond: perTalkSecond(loader.cpuMs),
      residentMb: round(loader.residentBytes / 1e6, 1),
      lateMs,
      isLate: lateMs !== null && delay !== null && lateMs.p99 > Math.max(LATE_MS, LATE_SHARE * delay.p99),
    },
  };
}

/** @param notEnded of devices that are still there */
export function turnsOf({ turns, errors }: LoadMeasures, notEnded: number): LoadSummary['turns'] {
  const { over, started, stored, inCloud, skipped } = turns;
  const { done: answered = 0, offline = 0, [NOT_ENDED]: closed = 0, ...notAnswered } = over;
  const ends = { answered, notAnswered, notEnded: notEnded + closed, errors, offline };
  return { started, ...ends, stored, inCloud, skipped };
}

/** All turns were answered, or are delivered later, and no frame was lost or came twice. */
export function isFlawless({ turns, frames }: Pick<LoadSummary, 'turns' | 'frames'>): boolean {
  return sum(turns.notAnswered) + turns.notEnded === 0 && frames.lost + frames.duplicated + frames.wrong === 0;
}

function summaryOf(sketch: Sketch): DelaySummary {
  const count = countIn(sketch);
  if (count === 0) return null;
  const at = (share: number) => round(quantileOf(sketch, share) ?? 0, 1);
  return { count, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
