/**
 * A load test: devices connect, speak for a while, lose their connections in storms, and say good-bye; or more and more of them speak, until the gateway
 * bends (ramp.ts).
 */
import { EarshotError } from '../../core/errors.ts';
import type { TalkPlan } from './fleet.ts';
import { readGatewayMetrics } from './gateway-metrics.ts';
import { type LoadResult, loadSummary } from './load-result.ts';
import { addCounts, differenceOf, measureFor, type TimelinePoint } from './measurement.ts';
import { sumOfMeasures } from './measures.ts';
import type { PartSettings, PartState } from './part.ts';
import { openParts, type Parts } from './parts.ts';

export interface LoadPlan extends Omit<PartSettings, 'part'>, Omit<TalkPlan, 'lengthMs'> {
  devices: number;
  seconds: number;
  /** When all connections of a share of the devices end at once. */
  storms: readonly number[];
  stormShare: number;
  /** `http://host:port` of each gateway, for its metrics. */
  metricsFrom: readonly string[];
}

export interface LoadObserver {
  /** While they connect. @param of the devices there will be */
  onConnected(devices: number, of: number): void;
  onPoint(point: TimelinePoint): void;
  /** Ends the test before its time; what was measured counts. */
  signal: AbortSignal;
}

/** Turns that are under way have this time to end, and to be confirmed. */
const QUIET_MS = 60_000;
const SHOWN_EVERY_MS = 250;

/** @throws EarshotError (by rejection) `gateway_unreachable`, `gateway_refused`, … */
export async function runLoad(plan: LoadPlan, observer: LoadObserver): Promise<LoadResult> {
  const { devices, seconds, parts: processes, pattern, turnsPerMinute } = plan;
  return await withParts(plan, async (parts) => {
    await connect(parts, devices, observer);
    const connecting = parts.take();
    await parts.talk({ pattern, turnsPerMinute, lengthMs: seconds * 1_000 });
    const storms = [...plan.storms];
    const onPoint = (point: TimelinePoint) => {
      observer.onPoint(point);
      if (point.atMs < (storms[0] ?? Number.POSITIVE_INFINITY) * 1_000) return;
      storms.shift();
      parts.cut(plan.stormShare).catch(() => {
        // The part has ended: whoever waits for it next is told.
      });
    };
    const measured = await measureFor({ ...plan, ...observer, parts, onPoint });
    const end = await endOfAll(parts, observer);
    // The cloud is asked for a turn when it is over.
    const metrics = await readGatewayMetrics(plan.metricsFrom);
    const { last, gateway } = measured;
    if (metrics && last && gateway) addCounts(gateway.cloudCalls, differenceOf(last, metrics).cloudCalls);
    const measures = sumOfMeasures(connecting.measures, measured.measures, end.measures);
    return {
      ...{ gatewayUrl: plan.gateway, seed: plan.seed, arrivals: { pattern, turnsPerMinute } },
      ...{ kind: plan.kind, network: plan.network },
      ...loadSummary(devices, processes, { ...measured, measures, notEnded: end.talking }),
      unconfirmed: end.unconfirmed,
      timeline: measured.timeline,
    };
  });
}

/** When all turns have ended, or would take too long. */
export async function endOfAll(parts: Parts, { signal }: Pick<LoadObserver, 'signal'>): Promise<PartState> {
  await parts.quiet(signal.aborted ? 0 : QUIET_MS);
  return parts.take();
}

export async function withParts<T>(plan: LoadPlan, work: (parts: Parts) => Promise<T>): Promise<T> {
  const parts = await openParts(plan);
  try {
    return await work(parts);
  } finally {
    await parts.close();
  }
}

/** @throws EarshotError (by rejection): the first reason why a device gets no connection; whatever `signal` is aborted with */
export async function connect(parts: Parts, devices: number, { onConnected, signal }: LoadObserver): Promise<void> {
  const showing = setInterval(() => onConnected(parts.connected, devices), SHOWN_EVERY_MS);
  try {
    await Promise.race([parts.resize(devices), rejectedBy(signal)]);
  } catch (error) {
    throw error instanceof EarshotError ? explained(error) : error;
  } finally {
    clearInterval(showing);
  }
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** The gateway refuses devices beyond its limits with HTTP 503. */
function explained(error: EarshotError): EarshotError {
  if (!/\b503\b/.test(error.message)) return error;
  const hint =
    'It may be shutting down, or have as many devices as it may: start it with --limit connections=N,connectionsPerAddress=N.';
  return new EarshotError('gateway_busy', error.message, hint, { cause: error });
}
