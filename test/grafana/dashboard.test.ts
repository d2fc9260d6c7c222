import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cloud } from '../../actors/cloud/cloud.ts';
import { dashboardQueries } from '../../deploy/grafana/dashboard.ts';
import { countCalls } from '../../src/gateway/metrics/counted-cloud.ts';
import { createCounters } from '../../src/observability/monitor/counters.ts';
import type { MonitorMetrics } from '../../src/observability/monitor/metrics.ts';
import { deviceFamilies } from '../../src/observability/monitor/prometheus.ts';
import { startForTest } from '../support/gateway.ts';

const COUNTERS = createCounters();
const DEVICE: MonitorMetrics = {
  ...{ at: '', pid: 1, version: '1', threads: 'two', upSeconds: 1, cpuPercent: 1, cpuSeconds: 1, memoryMb: 1 },
  ...{ networkLatencyMs: 1, sent: { bytesPerSecond: 0, bytes: 0 }, received: { bytesPerSecond: 0, bytes: 0 } },
  buffers: [],
  ...COUNTERS.read(),
};

test('each metric of the dashboard exists', async () => {
  const gateway = await startForTest();
  const text = await (await fetch(`${gateway.url.replace('ws', 'http')}/metrics`)).text();
  await gateway.close();
  const families = [...countCalls({} as Cloud).read(), ...deviceFamilies(DEVICE), COUNTERS.readLatencies()];
  const names = new Set([
    ...[...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name),
    ...families.map(({ name }) => name),
  ]);
  const queries = dashboardQueries();
  assert.ok(queries.length > 30, `${queries.length} queries`);
  for (const { title, query } of queries) {
    const used = query.match(/\b(?:earshot|process)_\w+/g) ?? [];
    assert.ok(used.length > 0, title);
    for (const name of used) assert.ok(names.has(name.replace(/_bucket$/, '')), `${title}: there is no ${name}`);
  }
});
