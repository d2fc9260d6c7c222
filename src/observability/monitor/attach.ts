/**
 * Starts the monitor of a running daemon, and reports its metrics to the cloud once a minute.
 */

import { keepRunning } from '../../core/actor/keep-running.ts';
import { EarshotError, errorFields } from '../../core/errors.ts';
import type { Log } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import type { DeviceMetrics } from '../../protocol/control.ts';
import { createCollector, type MonitorSource, processUsage } from './collector.ts';
import type { Counters } from './counters.ts';
import { monitorFolder } from './folder.ts';
import { toDeviceMetrics } from './metrics.ts';
import { startMonitorServer } from './monitor-server.ts';

export const REPORT_INTERVAL_MS = 60_000;

export interface AttachOptions {
  counters: Counters;
  source: MonitorSource;
  /** To the cloud. */
  report: (report: DeviceMetrics) => void;
  clock: Clock;
  log: Log;
  /** Of the socket. */
  folder?: string;
}

/** Returns a function that stops it. */
export function attachMonitor(options: AttachOptions): () => void {
  const { counters, source, report, clock, log, folder = monitorFolder() } = options;
  const newCollector = () => createCollector({ counters, source, usage: processUsage, clock });
  const forTheCloud = newCollector();

  const server = keepRunning('the monitor', { clock, log }, (scope) => {
    scope.run(async () => {
      try {
        await startMonitorServer({ folder, createCollector: newCollector }, scope);
      } catch (error) {
        if (!(error instanceof EarshotError)) throw error;
        log.warn('the monitor cannot be started', errorFields(error));
      }
    });
  });

  const reporter = keepRunning('the report to the cloud', { clock, log }, (scope) => {
    function reportLater(): void {
      scope.clock.setTimeout(() => scope.run(reportNow), REPORT_INTERVAL_MS);
    }
    async function reportNow(): Promise<void> {
      if (counters.read().connected) report(toDeviceMetrics(await forTheCloud.collect()));
      reportLater();
    }
    reportLater();
  });

  return () => {
    server.stop();
    reporter.stop();
  };
}
