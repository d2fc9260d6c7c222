/**
 * What several processes of one gateway tell of themselves, as that of one. Pure.
 */
import type { ProviderStats } from '../../../actors/assistant/providers/provider-guard.ts';
import { combineMetrics, type MetricFamily } from '../../core/metrics/metric-family.ts';
import type { GatewayStatus } from './gateway-status.ts';

/** Values that say yes or no: of several processes the lowest counts, or the highest. */
const WHETHER: Record<string, (values: number[]) => number> = {
  earshot_gateway_info: (values) => Math.max(...values),
  earshot_gateway_cloud_connected: (values) => Math.min(...values),
  earshot_gateway_ready: (values) => Math.min(...values),
  earshot_gateway_draining: (values) => Math.max(...values),
};

/** @param statuses of the processes, at least one */
export function addStatuses(statuses: readonly GatewayStatus[]): GatewayStatus {
  const healths = statuses.map(({ health }) => health);
  const providers = addProviders(healths.flatMap(({ providers = [] }) => providers));
  const endpointings = healths.flatMap(({ endpointing }) => endpointing ?? []);
  return {
    health: {
      connections: sum(healths.map(({ connections }) => connections)),
      handshakes: sum(healths.map(({ handshakes }) => handshakes)),
      records: addFields(healths.map(({ records }) => records)),
      ...(providers.length > 0 && { providers }),
      ...(endpointings.length > 0 && { endpointing: addFields(endpointings) }),
    },
    reasons: [...new Set(statuses.flatMap(({ reasons }) => reasons))],
    isCloudConnected: statuses.every(({ isCloudConnected }) => isCloudConnected),
    metrics: addMetrics(statuses.map(({ metrics }) => metrics)),
  };
}

function addMetrics(processes: readonly (readonly MetricFamily[])[]): MetricFamily[] {
  return combineMetrics(processes).map((family) => {
    const choose = WHETHER[family.name];
    if (!choose) return family;
    const values = processes.flat().filter(({ name }) => name === family.name);
    const value = choose(values.flatMap(({ samples }) => samples.map((sample) => sample.value)));
    return { ...family, samples: family.samples.map((sample) => ({ ...sample, value })) };
  });
}

/** By part and name; the state of the circuit is that of the first process that has trouble with it. */
function addProviders(all: readonly ProviderStats[]): ProviderStats[] {
  const added = new Map<string, ProviderStats>();
  for (const each of all) {
    const key = `${each.part} ${each.provider}`;
    const before = added.get(key);
    added.set(key, before ? addProvider(before, each) : each);
  }
  return [...added.values()];
}

function addProvider(a: ProviderStats, b: ProviderStats): ProviderStats {
  const counts = ({ requests, inFlight, failures, skipped, fallbacks }: ProviderStats) => ({
    ...{ requests, inFlight, failures, skipped, fallbacks },
  });
  return { ...a, circuit: a.circuit === 'closed' ? b.circuit : a.circuit, ...addFields([counts(a), counts(b)]) };
}

function addFields<T extends Record<keyof T, number>>(objects: readonly T[]): T {
  const [first] = objects;
  const names = Object.keys(first ?? {}) as (keyof T)[];
  return Object.fromEntries(names.map((name) => [name, sum(objects.map((each) => each[name]))])) as T;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
