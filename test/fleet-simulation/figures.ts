/** The figures of a run: those that the model of queues has, too. */
import { quantile } from '../bench/gateway/results.ts';
import type { Fleet } from './fleet.ts';

export const DIAL_WINDOW_MS = 100;

export interface FleetFigures {
  utterances: number;
  replyMs: { p50: number; p99: number };
  /** After the first connection. */
  reconnects: number;
  dials: number;
  /** From the storm until 99 % of the devices are connected again; undefined: there was none. */
  stormBackMs: number | undefined;
  /** In any 100 ms of a storm, from its second second on. */
  stormPeakDials: number;
  calls: number;
  peakCalls: number;
}

export function figuresOf(fleet: Fleet): FleetFigures {
  const { devices, dials, cloud, options } = fleet;
  const finished = devices.flatMap(({ utterances }) => utterances.filter(({ isFinished }) => isFinished));
  const replies = finished
    .flatMap(({ replyAtMs, releasedAtMs }) => (replyAtMs ? [replyAtMs - releasedAtMs] : []))
    .sort((a, b) => a - b);
  const perSecond = cloud.calls.perSecond();
  const storm = fleet.faults.find(({ kind }) => kind === 'storm');
  return {
    utterances: finished.length,
    replyMs: { p50: Math.round(quantile(replies, 0.5)), p99: Math.round(quantile(replies, 0.99)) },
    reconnects: fleet.ups.length - options.devices,
    dials: dials.length,
    stormBackMs: storm && backAfter(fleet, storm.atMs),
    stormPeakDials: storm ? peakDials(dials, storm.atMs + 1_000, storm.atMs + 12_000) : 0,
    calls: perSecond.reduce((sum, calls) => sum + calls, 0),
    peakCalls: Math.max(...perSecond),
  };
}

/** The most dials in any window of this time. */
export function peakDials(dials: readonly { atMs: number }[], fromMs: number, toMs: number): number {
  const windows = new Map<number, number>();
  for (const { atMs } of dials) {
    if (atMs < fromMs || atMs >= toMs) continue;
    const window = Math.floor(atMs / DIAL_WINDOW_MS);
    windows.set(window, (windows.get(window) ?? 0) + 1);
  }
  return Math.max(0, ...windows.values());
}

function backAfter({ ups, options }: Fleet, stormAtMs: number): number | undefined {
  const back = new Set<number>();
  for (const { device, atMs } of ups) {
    if (atMs < stormAtMs) continue;
    back.add(device);
    if (back.size >= 0.99 * options.devices) return atMs - stormAtMs;
  }
  return undefined;
}
