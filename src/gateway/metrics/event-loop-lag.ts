/**
 * How late this process is: by how much a timer fires after its time. It is measured only while somebody reads the metrics, because
 * the timer wakes the processor.
 */
import { createHistogram } from '../../core/metrics/histogram.ts';
import type { MetricFamily } from '../../core/metrics/metric-family.ts';
import type { Clock } from '../../core/time/clock.ts';

const PERIOD_MS = 100;
/** Without a reader for this time it is not measured any more; Prometheus reads once a minute or oftener. */
const READER_MS = 300_000;
const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export interface EventLoopLag {
  read(): MetricFamily[];
  close(): void;
}

export function measureEventLoopLag(clock: Clock): EventLoopLag {
  const help = 'How late timers of the process are; measured every 0.1 s while somebody reads the metrics.';
  const histogram = createHistogram('earshot_gateway_event_loop_lag_seconds', help, BUCKETS_SECONDS);
  let lastReadAtMs = 0;
  let timer: unknown;

  function wait(): void {
    const dueAtMs = clock.now() + PERIOD_MS;
    timer = clock.setTimeout(() => {
      timer = undefined;
      histogram.note('', Math.max(0, clock.now() - dueAtMs) / 1_000);
      if (clock.now() - lastReadAtMs < READER_MS) wait();
    }, PERIOD_MS);
  }

  return {
    read() {
      lastReadAtMs = clock.now();
      if (timer === undefined) wait();
      return [histogram.read()];
    },
    close: () => clock.clearTimeout(timer),
  };
}
