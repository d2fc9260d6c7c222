/**
 * What only the primary of several processes counts: its workers, and connections that it has not handed over.
 */
import { counter, gauge, type MetricFamily } from '../../core/metrics/metric-family.ts';
import type { Handshakes } from '../../server/handshakes.ts';
import { readProcessMetrics } from '../metrics/process-metrics.ts';
import type { Worker } from './worker.ts';

export function readPrimaryMetrics(
  workers: readonly Pick<Worker, 'isReady'>[],
  handshakes: Pick<Handshakes, 'count' | 'dropped'>,
): MetricFamily[] {
  const ready = workers.filter((worker) => worker.isReady()).length;
  return [
    ...readProcessMetrics(),
    gauge('earshot_gateway_workers', 'Processes that serve connections.', ready),
    gauge(
      'earshot_gateway_workers_missing',
      'Processes that have ended and are being replaced.',
      workers.length - ready,
    ),
    gauge('earshot_gateway_handshakes', 'Connections that are not devices yet.', handshakes.count()),
    counter(
      'earshot_gateway_handshakes_dropped_total',
      'Connections that were too slow, or too many.',
      handshakes.dropped(),
    ),
  ];
}
