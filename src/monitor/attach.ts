/**
 * Makes a running daemon one that can be watched, and lets it report to the cloud once a minute.
 */
import { startMonitorServer } from '../../actors/monitor/monitor-server.ts';
import type { Clock } from '../clock.ts';
import { errorInfo } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Report } from '../protocol/control.ts';
import { createCollector, type MonitorSource, processUsage } from './collector.ts';
import { toReport } from './figures.ts';
import { monitorFolder } from './folder.ts';
import type { Tally } from './tally.ts';

const REPORT_INTERVAL_MS = 60_000;

export interface AttachOptions {
  tally: Tally;
  source: MonitorSource;
  /** To the cloud. */
  report: (report: Report) => void;
  clock: Clock;
  log: Log;
}

/** Returns how to detach it again. */
export function attachMonitor({ tally, source, report, clock, log }: AttachOptions): () => void {
  const newCollector = () => createCollector({ tally, source, usage: processUsage, now: () => clock.now() });
  const forTheCloud = newCollector();
  let detached = false;
  let timer: unknown;
  let closeServer = () => {};

  startMonitorServer({ folder: monitorFolder(), createCollector: newCollector, clock, log }).then(
    (server) => {
      closeServer = server.close;
      if (detached) closeServer();
    },
    (error: unknown) => log.warn('the daemon cannot be watched', { ...errorInfo(error) }),
  );

  function reportLater(): void {
    timer = clock.setTimeout(() => void reportNow(), REPORT_INTERVAL_MS);
  }

  async function reportNow(): Promise<void> {
    if (tally.read().connected) report(toReport(await forTheCloud.collect()));
    if (!detached) reportLater();
  }
  reportLater();

  return () => {
    detached = true;
    clock.clearTimeout(timer);
    closeServer();
  };
}
