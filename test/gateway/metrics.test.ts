import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cloud } from '../../actors/cloud/cloud.ts';
import {
  byLabel,
  combineMetrics,
  counter,
  gauge,
  type MetricFamily,
  prometheusLines,
} from '../../src/core/metrics/metric-family.ts';
import { countCalls } from '../../src/gateway/metrics/counted-cloud.ts';
import { measureEventLoopLag } from '../../src/gateway/metrics/event-loop-lag.ts';
import { createCountingClock } from '../support/counting-clock.ts';
import { parseMetrics } from '../support/prometheus.ts';

const values = (families: readonly MetricFamily[]) => Object.fromEntries(parseMetrics(prometheusLines(families)));

test('the metrics of several processes add up by name and labels', () => {
  const one = [
    counter(
      'turns_total',
      'Turns.',
      byLabel('outcome', [
        ['done', 2],
        ['failed', 1],
      ]),
    ),
    gauge('devices', 'Devices.', 3),
  ];
  const two = [counter('turns_total', 'Turns.', byLabel('outcome', [['done', 5]])), gauge('extra', 'Other.', 1)];
  assert.deepEqual(values(combineMetrics([one, two])), {
    'turns_total{outcome="done"}': 7,
    'turns_total{outcome="failed"}': 1,
    devices: 3,
    extra: 1,
  });
  assert.deepEqual(values(one), { 'turns_total{outcome="done"}': 2, 'turns_total{outcome="failed"}': 1, devices: 3 });
});

test('the lag of the event loop is a histogram, and costs nothing without a reader', () => {
  const clock = createCountingClock();
  let lateMs = 0;
  const late = { ...clock, now: () => clock.now() + lateMs };
  const lag = measureEventLoopLag(late);
  assert.equal(clock.timers(), 0);
  lag.read();
  clock.increment(100);
  lateMs = 30;
  clock.increment(100);
  const read = values(lag.read());
  const bucket = (le: string) => read[`earshot_gateway_event_loop_lag_seconds_bucket{le="${le}"}`];
  assert.deepEqual([bucket('0.001'), bucket('0.025'), bucket('0.05'), bucket('+Inf')], [1, 1, 2, 2]);
  assert.equal(read.earshot_gateway_event_loop_lag_seconds_count, 2);
  assert.equal(read.earshot_gateway_event_loop_lag_seconds_sum, 0.03);
  for (let i = 0; i < 3_001; i += 1) clock.increment(100);
  assert.equal(clock.timers(), 0);
  lag.read();
  assert.equal(clock.timers(), 1);
  lag.close();
  assert.equal(clock.timers(), 0);
});

test('calls of the cloud are counted by name, with their failures and the open subscriptions', async () => {
  const told: string[] = [];
  const real = {
    isConnected: true,
    settings: async (device: string) => void told.push(device),
    setVolume: async () => Promise.reject(new Error('no')),
    watchToken: () => () => void told.push('unwatched'),
  } as unknown as Cloud;
  const { cloud, read } = countCalls(real);
  assert.equal(cloud.isConnected, true);
  await cloud.settings('kitchen');
  await cloud.settings('kitchen');
  await assert.rejects(cloud.setVolume('kitchen', 1), /no/);
  const unwatch = cloud.watchToken('hash', () => {});
  cloud.watchToken('hash', () => {});
  unwatch();
  unwatch();
  assert.deepEqual(told, ['kitchen', 'kitchen', 'unwatched', 'unwatched']);
  assert.deepEqual(values(read()), {
    'earshot_gateway_cloud_calls_total{call="settings"}': 2,
    'earshot_gateway_cloud_calls_total{call="setVolume"}': 1,
    'earshot_gateway_cloud_call_failures_total{call="setVolume"}': 1,
    'earshot_gateway_cloud_subscriptions{subscription="watchToken"}': 1,
  });
});
