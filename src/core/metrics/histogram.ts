/**
 * A histogram by labels. A part with several processes adds its samples up, so they are cumulative only when they are read.
 */
import type { MetricFamily, MetricSample } from './metric-family.ts';

export interface Histogram {
  note(labelValue: string, value: number): void;
  read(): MetricFamily;
}

interface Series {
  /** Not cumulative; the last one has what is above all buckets. */
  counts: number[];
  sum: number;
}

/** @param buckets upper ends, growing @param label '': none; values of it must be few, because each is kept */
export function createHistogram(name: string, help: string, buckets: readonly number[], label = ''): Histogram {
  const series = new Map<string, Series>();
  if (label === '') series.set('', emptySeries(buckets));
  return {
    note(labelValue, value) {
      const of = series.get(labelValue) ?? emptySeries(buckets);
      series.set(labelValue, of);
      const found = buckets.findIndex((most) => value <= most);
      const at = found < 0 ? buckets.length : found;
      of.counts[at] = (of.counts[at] ?? 0) + 1;
      of.sum += value;
    },
    read: () => ({
      ...{ name, kind: 'histogram', help },
      samples: [...series].flatMap(([value, of]) => samplesOf(of, buckets, label === '' ? {} : { [label]: value })),
    }),
  };
}

const emptySeries = (buckets: readonly number[]): Series => ({
  counts: new Array<number>(buckets.length + 1).fill(0),
  sum: 0,
});

function samplesOf(
  { counts, sum }: Series,
  buckets: readonly number[],
  labels: Record<string, string>,
): MetricSample[] {
  let count = 0;
  const samples = counts.map((within, at): MetricSample => {
    count += within;
    return { suffix: '_bucket', labels: { ...labels, le: String(buckets[at] ?? '+Inf') }, value: count };
  });
  return [...samples, { suffix: '_sum', labels, value: sum }, { suffix: '_count', labels, value: count }];
}
