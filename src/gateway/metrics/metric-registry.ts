/**
 * The registry of the gateway's metrics: each part registers a reader of what it counts. They are read only when somebody asks
 * for `/metrics`.
 */
import type { MetricFamily } from '../../core/metrics/metric-family.ts';

export type ReadMetrics = () => readonly MetricFamily[];

export interface MetricRegistry {
  register(read: ReadMetrics): void;
  collect(): MetricFamily[];
}

export function createMetricRegistry(): MetricRegistry {
  const readers: ReadMetrics[] = [];
  return {
    register: (read) => void readers.push(read),
    collect: () => readers.flatMap((read) => read()),
  };
}
