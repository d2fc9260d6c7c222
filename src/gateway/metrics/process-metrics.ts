/**
 * What this process takes of the machine, all threads included. The embedded cloud is another process.
 */
import { performance } from 'node:perf_hooks';
import { counter, gauge, type MetricFamily } from '../../core/metrics/metric-family.ts';

export function readProcessMetrics(): MetricFamily[] {
  const { user, system } = process.cpuUsage();
  const { active, idle } = performance.eventLoopUtilization();
  return [
    counter('process_cpu_seconds_total', 'CPU time of all threads.', (user + system) / 1e6),
    gauge('process_resident_memory_bytes', 'Resident memory.', process.memoryUsage.rss()),
    counter('earshot_gateway_event_loop_active_seconds_total', 'Time in which the main thread worked.', active / 1_000),
    counter('earshot_gateway_event_loop_idle_seconds_total', 'Time in which the main thread waited.', idle / 1_000),
  ];
}
