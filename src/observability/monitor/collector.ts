/**
 * Collects the metrics of this moment. Rates are averages since the last call. Pure except for its sources.
 */

import type { AudioQueueMetrics } from '../../core/actor/audio-metrics.ts';
import { VERSION } from '../../core/process/version.ts';
import type { Clock } from '../../core/time/clock.ts';
import { isoTime } from '../../core/time/iso-time.ts';
import type { Counters } from './counters.ts';
import type { MonitorMetrics } from './metrics.ts';

/** What the daemon measures of itself. */
export interface MonitorSource {
  networkLatencyMs(): number;
  /** Of text and binary messages, since the daemon was started. */
  bytes(): { sent: number; received: number };
  measure(): Promise<AudioQueueMetrics>;
  readonly threads: 'two' | 'one';
}

export interface ProcessUsage {
  pid: number;
  /** CPU time of all threads. */
  cpuMs: number;
  residentBytes: number;
  upSeconds: number;
}

export interface CollectorOptions {
  counters: Counters;
  source: MonitorSource;
  usage: () => ProcessUsage;
  clock: Pick<Clock, 'now' | 'wallNow'>;
}

const BYTES_PER_MB = 1_024 * 1_024;

export function createCollector({ counters, source, usage, clock }: CollectorOptions): {
  collect(): Promise<MonitorMetrics>;
} {
  let last = { atMs: clock.now(), cpuMs: usage().cpuMs, ...source.bytes() };
  return {
    async collect() {
      const { queues, guardMs, echo } = await source.measure();
      const { pid, cpuMs, residentBytes, upSeconds } = usage();
      const current = { atMs: clock.now(), cpuMs, ...source.bytes() };
      const elapsedMs = Math.max(1, current.atMs - last.atMs);
      const perSecond = (count: number, before: number) => ((count - before) * 1_000) / elapsedMs;
      const metrics: MonitorMetrics = {
        at: isoTime(clock.wallNow()),
        pid,
        version: VERSION,
        upSeconds: Math.round(upSeconds),
        threads: source.threads,
        ...counters.read(),
        cpuPercent: round(((cpuMs - last.cpuMs) / elapsedMs) * 100),
        cpuSeconds: Math.round(cpuMs) / 1_000,
        memoryMb: round(residentBytes / BYTES_PER_MB),
        networkLatencyMs: round(source.networkLatencyMs()),
        sent: { bytesPerSecond: Math.round(perSecond(current.sent, last.sent)), bytes: current.sent },
        received: { bytesPerSecond: Math.round(perSecond(current.received, last.received)), bytes: current.received },
        ...(guardMs !== undefined && { guardMs: round(guardMs) }),
        ...(echo && { echo: { ...echo, erleDb: round(echo.erleDb), delayMs: round(echo.delayMs) } }),
        buffers: queues.map(({ name, unit, depth, limit, dropped }) => ({
          ...{ name, depth, limit, dropped },
          ...(unit === undefined ? {} : { unit }),
        })),
      };
      last = current;
      return metrics;
    },
  };
}

export function processUsage(): ProcessUsage {
  const { user, system } = process.cpuUsage();
  return {
    pid: process.pid,
    cpuMs: (user + system) / 1_000,
    residentBytes: process.memoryUsage.rss(),
    upSeconds: process.uptime(),
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
