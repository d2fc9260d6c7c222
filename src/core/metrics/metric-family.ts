/**
 * Metrics as Prometheus names them, as values that can be sent between processes, and their text format (Prometheus documentation,
 * "Exposition formats", 0.0.4). Pure.
 */

/** The media type of the text format. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** One value of a metric. */
export interface MetricSample {
  labels?: Readonly<Record<string, string>>;
  value: number;
  /** The part of a histogram that it is. */
  suffix?: '_bucket' | '_sum' | '_count';
}

/** All values of one metric. Names end in the base unit (`_seconds`, `_bytes`), and in `_total` if it only grows. */
export interface MetricFamily {
  name: string;
  kind: 'gauge' | 'counter' | 'histogram';
  help: string;
  samples: readonly MetricSample[];
}

/** A value, or values by label. */
export type MetricValue = number | readonly MetricSample[];

const samplesOf = (value: MetricValue) => (typeof value === 'number' ? [{ value }] : value);

export const gauge = (name: string, help: string, value: MetricValue): MetricFamily => ({
  ...{ name, kind: 'gauge', help },
  samples: samplesOf(value),
});

export const counter = (name: string, help: string, value: MetricValue): MetricFamily => ({
  ...{ name, kind: 'counter', help },
  samples: samplesOf(value),
});

/** The samples of a metric with one label, from values by that label. */
export function byLabel(label: string, values: Iterable<readonly [string, number]>): MetricSample[] {
  return Array.from(values, ([name, value]) => ({ labels: { [label]: name }, value }));
}

/** One line each, without line ends. */
export function prometheusLines(families: readonly MetricFamily[]): string[] {
  return families.flatMap(({ name, kind, help, samples }) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${kind}`,
    ...samples.map(({ suffix = '', labels = {}, value }) => `${name}${suffix}${labelled(labels)} ${value}`),
  ]);
}

/**
 * The metrics of several processes as those of one: values of the same metric with the same labels add up. So every gauge must be
 * one that can be added.
 */
export function combineMetrics(processes: readonly (readonly MetricFamily[])[]): MetricFamily[] {
  const families = new Map<string, MetricFamily & { samples: MetricSample[] }>();
  const sums = new Map<string, MetricSample>();
  for (const family of processes.flat()) {
    const { name, samples } = family;
    const combined = families.get(name) ?? { ...family, samples: [] };
    families.set(name, combined);
    for (const sample of samples) {
      const key = `${name}${sample.suffix ?? ''}${labelled(sample.labels ?? {})}`;
      const sum = sums.get(key);
      if (sum) sum.value += sample.value;
      else {
        const first = { ...sample };
        sums.set(key, first);
        combined.samples.push(first);
      }
    }
  }
  return [...families.values()];
}

function labelled(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll(/["\\]/g, '\\$&').replaceAll('\n', '\\n');
}
