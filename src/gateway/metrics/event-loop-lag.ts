/**
 * How late this process is: by how much a timer fires after its time. It is measured only while somebody reads the metrics, because
 * the timer wakes the processor.
 */
import type { MetricFamily, MetricSample } from '../../core/metrics/metric-family.ts';
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
  /** Not cumulative; the last one has what is above all buckets. */
  const counts = new Array<number>(BUCKETS_SECONDS.length + 1).fill(0);
  let sumSeconds = 0;
  let lastReadAtMs = 0;
  let timer: unknown;

  function wait(): void {
    const dueAtMs = clock.now() + PERIOD_MS;
    timer = clock.setTimeout(() => {
      timer = undefined;
      note(Math.max(0, clock.now() - dueAtMs) / 1_000);
      if (clock.now() - lastReadAtMs < READER_MS) wait();
    }, PERIOD_MS);
  }

  function note(seconds: number): void {
    const bucket = BUCKETS_SECONDS.findIndex((most) => seconds <= most);
    const index = bucket < 0 ? BUCKETS_SECONDS.length : bucket;
    counts[index] = (counts[index] ?? 0) + 1;
    sumSeconds += seconds;
  }

  return {
    read() {
      lastReadAtMs = clock.now();
      if (timer === undefined) wait();
      let count = 0;
      const samples = counts.map((within, i): MetricSample => {
        count += within;
        const le = String(BUCKETS_SECONDS[i] ?? '+Inf');
        return { suffix: '_bucket', labels: { le }, value: count };
      });
      samples.push({ suffix: '_sum', value: sumSeconds }, { suffix: '_count', value: count });
      const help = 'How late timers of the process are; measured every 0.1 s while somebody reads the metrics.';
      return [{ name: 'earshot_gateway_event_loop_lag_seconds', kind: 'histogram', help, samples }];
    },
    close: () => clock.clearTimeout(timer),
  };
}
