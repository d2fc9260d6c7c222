/**
 * The records that wait for the cloud, and what became of the others.
 */
import type { CloudRecorder } from '../../../actors/cloud/cloud-recorder.ts';
import { byLabel, counter, gauge, type MetricFamily } from '../../core/metrics/metric-family.ts';

export function readRecordMetrics(recorder: Pick<CloudRecorder, 'stats'>): MetricFamily[] {
  const { queue, delivery } = recorder.stats();
  const { waiting, bytes, dropped, refused, setAside, deadLetters } = queue;
  const ends = { delivered: delivery?.delivered ?? 0, dropped, refused, 'set aside': setAside };
  return [
    gauge('earshot_gateway_records_waiting', 'Records that wait for the cloud.', waiting),
    gauge('earshot_gateway_records_waiting_bytes', 'Their size, recordings included.', bytes),
    gauge('earshot_gateway_dead_letters', 'Records that the cloud refuses.', deadLetters.waiting),
    counter(
      'earshot_gateway_records_total',
      'Records that do not wait any more.',
      byLabel('end', Object.entries(ends)),
    ),
    counter('earshot_gateway_record_retries_total', 'Deliveries that failed and are retried.', delivery?.retries ?? 0),
  ];
}
