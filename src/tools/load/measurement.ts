/**
 * Observes a load test for a while: what its devices measure, what the gateway says of itself, and how both change over time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { quantileOf, type Sketch } from '../../../convex/sketch.ts';
import { systemClock } from '../../core/time/clock.ts';
import { type GatewayMetrics, readGatewayMetrics } from './gateway-metrics.ts';
import { type LoadMeasures, noMeasures, sumOfMeasures } from './measures.ts';
import type { Parts } from './parts.ts';

/** One point of the timeline: how it is then, and what happened since the point before. */
export interface TimelinePoint {
  /** Since the begin of the measurement. */
  atMs: number;
  connected: number;
  talking: number;
  /** Connections that were tried. */
  attempts: number;
  turnsOver: number;
  turnsFailed: number;
  /** 99th percentile of the delay of replies; null: there were none. */
  delayP99Ms: number | null;
  /** Of the gateway; null: it does not tell. */
  gatewayCpuMs: number | null;
  gatewayResidentBytes: number | null;
  cloudCalls: number | null;
}

export interface Measurement {
  lengthMs: number;
  measures: LoadMeasures;
  /** Mean number of devices in a turn. */
  talking: number;
  /** Turns that had not ended at its end. */
  notEnded: number;
  loader: { cpuMs: number; residentBytes: number };
  /** Undefined: it does not tell. */
  gateway: { cpuMs: number; residentBytes: number; cloudCalls: Record<string, number> } | undefined;
  timeline: TimelinePoint[];
  /** What the gateway said last. */
  last: GatewayMetrics | undefined;
}

export interface MeasureOptions {
  parts: Parts;
  seconds: number;
  /** `http://host:port` of each gateway. */
  metricsFrom: readonly string[];
  /** Ends it before its time. */
  signal: AbortSignal;
  /** Called with each point. */
  onPoint(point: TimelinePoint): void;
}

const POINT_EVERY_MS = 500;

/** From the last `take` of the parts on. */
export async function measureFor(options: MeasureOptions): Promise<Measurement> {
  const { parts, seconds, metricsFrom, signal, onPoint } = options;
  const { now } = systemClock;
  const startMs = now();
  const timeline: TimelinePoint[] = [];
  const gateway: NonNullable<Measurement['gateway']> = { cpuMs: 0, residentBytes: 0, cloudCalls: {} };
  const loader = { cpuMs: 0, residentBytes: 0 };
  let before = await readGatewayMetrics(metricsFrom);
  const isTold = before !== undefined;
  let measures = noMeasures();
  for (let nextMs = startMs + POINT_EVERY_MS; now() - startMs < seconds * 1_000 && !signal.aborted; ) {
    await sleep(Math.max(0, Math.min(nextMs, startMs + seconds * 1_000) - now()), undefined, { signal }).catch(
      () => {},
    );
    nextMs = Math.max(nextMs + POINT_EVERY_MS, now());
    const metrics = await readGatewayMetrics(metricsFrom);
    const state = parts.take();
    const used = metrics && before && differenceOf(before, metrics);
    before = metrics ?? before;
    measures = sumOfMeasures(measures, state.measures);
    loader.cpuMs += state.cpuMs;
    loader.residentBytes = Math.max(loader.residentBytes, state.residentBytes);
    if (used) {
      gateway.cpuMs += used.cpuSeconds * 1_000;
      gateway.residentBytes = Math.max(gateway.residentBytes, used.residentBytes);
      addCounts(gateway.cloudCalls, used.cloudCalls);
    }
    const { turns, connections, delayMs } = state.measures;
    const point: TimelinePoint = {
      ...{ atMs: Math.round(now() - startMs), connected: state.connected, talking: state.talking },
      ...{ attempts: connections.attempts, turnsOver: sum(turns.over), turnsFailed: failedOf(state.measures) },
      delayP99Ms: rounded(quantileOf(sketchOfDelays(delayMs), 0.99)),
      gatewayCpuMs: used ? Math.round(used.cpuSeconds * 1_000) : null,
      gatewayResidentBytes: used ? used.residentBytes : null,
      cloudCalls: used ? sum(used.cloudCalls) : null,
    };
    timeline.push(point);
    onPoint(point);
  }
  const talking = sum(timeline.map((point) => point.talking)) / Math.max(1, timeline.length);
  return {
    lengthMs: now() - startMs,
    measures,
    ...{ talking, notEnded: timeline.at(-1)?.talking ?? 0 },
    loader,
    gateway: isTold ? gateway : undefined,
    timeline,
    last: before,
  };
}

/** What people wait for: the delay of a reply; of one that begins during the utterance, the delay that was added to it. */
function sketchOfDelays({ reply, added }: LoadMeasures['delayMs']): Sketch {
  return Object.keys(reply).length > 0 ? reply : added;
}

/** Turns that were not answered, and are not delivered later. */
function failedOf({ turns }: LoadMeasures): number {
  const { done = 0, offline = 0 } = turns.over;
  return sum(turns.over) - done - offline;
}

export function sum(counts: Record<string, number> | readonly number[]): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

export function addCounts(to: Record<string, number>, from: Record<string, number>): void {
  for (const [name, count] of Object.entries(from)) to[name] = (to[name] ?? 0) + count;
}

function rounded(ms: number | undefined): number | null {
  return ms === undefined ? null : Number(ms.toFixed(1));
}

/** Of counters; memory is the latest. A counter that has become smaller began again: its gateway was restarted. */
export function differenceOf(before: GatewayMetrics, after: GatewayMetrics): GatewayMetrics {
  const grown = (from: number, to: number) => (to >= from ? to - from : to);
  const calls = Object.entries(after.cloudCalls);
  return {
    cpuSeconds: grown(before.cpuSeconds, after.cpuSeconds),
    residentBytes: after.residentBytes,
    cloudCalls: Object.fromEntries(calls.map(([call, to]) => [call, grown(before.cloudCalls[call] ?? 0, to)])),
  };
}
