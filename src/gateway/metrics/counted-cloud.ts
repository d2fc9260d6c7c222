/**
 * Counts what the gateway asks of the cloud, by the name of the function in actors/cloud/cloud.ts.
 */
import type { Cloud } from '../../../actors/cloud/cloud.ts';
import { byLabel, counter, gauge, type MetricFamily } from '../../core/metrics/metric-family.ts';

export interface CountedCloud {
  cloud: Cloud;
  read(): MetricFamily[];
}

type Method = (...args: unknown[]) => unknown;

export function countCalls(cloud: Cloud): CountedCloud {
  const calls = new Map<string, number>();
  const failures = new Map<string, number>();
  const subscriptions = new Map<string, number>();
  const methods = new Map<string, Method>();
  const add = (counts: Map<string, number>, name: string, n: number) => counts.set(name, (counts.get(name) ?? 0) + n);

  function counted(name: string, method: Method): Method {
    return (...args) => {
      const result = method(...args);
      if (result instanceof Promise) {
        add(calls, name, 1);
        result.catch(() => add(failures, name, 1));
      }
      if (typeof result !== 'function') return result;
      add(subscriptions, name, 1);
      let isOver = false;
      return () => {
        if (!isOver) add(subscriptions, name, -1);
        isOver = true;
        result();
      };
    };
  }

  return {
    cloud: new Proxy(cloud, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function' || typeof name !== 'string') return value;
        const method = methods.get(name) ?? counted(name, value.bind(target) as Method);
        methods.set(name, method);
        return method;
      },
    }),
    read: () => [
      counter('earshot_gateway_cloud_calls_total', 'Calls of the cloud.', byLabel('call', calls)),
      counter('earshot_gateway_cloud_call_failures_total', 'Calls that failed.', byLabel('call', failures)),
      gauge('earshot_gateway_cloud_subscriptions', 'Open subscriptions.', byLabel('subscription', subscriptions)),
    ],
  };
}
