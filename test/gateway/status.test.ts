/**
 * What a gateway tells of itself: a real one, asked by HTTP.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { Cloud } from '../../actors/cloud/cloud.ts';
import { parrot } from '../../actors/responder/parrot.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { type Gateway, type GatewayOptions, startGateway } from '../../src/gateway/gateway.ts';
import { countCalls } from '../../src/gateway/metrics/counted-cloud.ts';
import { trustedProxies } from '../../src/server/client.ts';
import { connected, FINAL, packet, turnStart } from '../support/client.ts';
import { withoutCloud } from '../support/no-cloud.ts';
import { parseMetrics } from '../support/prometheus.ts';

const cloud = withoutCloud({ has: () => false, async record() {} });
const queue = { ...cloud.recorder.stats().queue };
const link = { isConnected: false };
let gateway: Gateway;

before(async () => {
  gateway = await startGateway({
    ...{ host: '127.0.0.1', port: 0, responder: parrot, log: silentLog, proxies: trustedProxies(['127.0.0.1']) },
    cloud: {
      ...cloud,
      readMetrics: countCalls({} as Cloud).read,
      ready: Promise.resolve(link) as GatewayOptions['cloud']['ready'],
      recorder: { ...cloud.recorder, stats: () => ({ queue, delivery: undefined }) },
    },
  });
});
after(() => gateway.close());

const ask = (path: string, headers = {}) => fetch(gateway.webUrl + path, { headers });
const metrics = async () => parseMetrics((await (await ask('/metrics')).text()).trimEnd().split('\n'));

test('/healthz answers as long as the process does', async () => {
  const response = await ask('/healthz');
  assert.deepEqual([response.status, await response.json()], [200, { status: 'ok' }]);
});

describe('/readyz', () => {
  test('is ready without a cloud as long as records have room on the disk', async () => {
    const response = await ask('/readyz');
    assert.deepEqual([response.status, await response.json()], [200, { ready: true, reasons: [], cloud: false }]);
  });

  for (const [what, full] of [
    ['records', { waiting: queue.limit }],
    ['bytes', { bytes: queue.byteLimit }],
  ] as const) {
    test(`is not ready when the queue is full of ${what} and the cloud does not answer`, async (context) => {
      const before = { ...queue };
      context.after(() => Object.assign(queue, before));
      Object.assign(queue, full);
      const response = await ask('/readyz');
      const { ready, reasons } = (await response.json()) as { ready: boolean; reasons: string[] };
      assert.deepEqual([response.status, ready, reasons.length], [503, false, 1]);
      assert.equal((await metrics()).get('earshot_gateway_ready'), 0);
      assert.equal((await ask('/healthz')).status, 200);
      link.isConnected = true;
      context.after(() => Object.assign(link, { isConnected: false }));
      assert.equal((await ask('/readyz')).status, 200);
    });
  }
});

test('who comes through a trusted proxy learns no more than /health tells; the proxy itself does', async () => {
  const outside = { 'x-forwarded-for': '192.0.2.7' };
  for (const path of ['/healthz', '/readyz', '/metrics']) {
    assert.equal((await ask(path, outside)).status, 403, path);
    assert.equal((await ask(path)).status, 200, path);
  }
  assert.equal((await ask('/health', outside)).status, 200);
});

test('/metrics counts devices, turns and packets', async () => {
  const client = await connected(gateway.url, 'kitchen');
  client.send(turnStart(1), packet({ turn: 1, sequence: 0 }));
  await client.settled();
  const during = await metrics();
  const { length } = packet({ turn: 1, sequence: 0 });
  assert.equal(during.get('earshot_gateway_devices'), 1);
  assert.equal(during.get('earshot_gateway_streams'), 1);
  assert.equal(during.get('earshot_gateway_connections_total{session="opened"}'), 1);
  assert.equal(during.get('earshot_gateway_packets_total{direction="received"}'), 1);
  assert.equal(during.get('earshot_gateway_packet_bytes_total{direction="received"}'), length);
  assert.equal(during.get('earshot_gateway_turns_total{outcome="done"}'), 0);
  client.send(packet({ turn: 1, sequence: 2, flags: FINAL }));
  const reply = await client.reply(1);
  await client.waitForMessage('turn.done', 1);
  const afterwards = await metrics();
  assert.equal(afterwards.get('earshot_gateway_turns_total{outcome="done"}'), 1);
  assert.equal(afterwards.get('earshot_gateway_streams'), 0);
  assert.equal(afterwards.get('earshot_gateway_packets_total{direction="sent"}'), reply.length);
  client.close();
});

test('/metrics has the CPU time, the memory and the lag of the process', async () => {
  const response = await ask('/metrics');
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  const values = await metrics();
  assert.ok((values.get('process_cpu_seconds_total') ?? 0) > 0);
  assert.ok((values.get('process_resident_memory_bytes') ?? 0) > 2 ** 20);
  assert.ok(values.has('earshot_gateway_event_loop_lag_seconds_bucket{le="+Inf"}'));
});

test('the page of the gateway names all metrics, and no others', async () => {
  const [, table = ''] = readFileSync('docs/gateway.md', 'utf8').split('## Status and metrics');
  const named = Array.from(
    table.split('\n## ')[0]?.matchAll(/`((?:process|earshot_gateway)_\w+)`/g) ?? [],
    ([, name]) => name,
  );
  const text = await (await ask('/metrics')).text();
  const told = Array.from(text.matchAll(/^# TYPE (\S+)/gm), ([, name]) => name);
  assert.deepEqual(told.sort(), named.sort());
});

for (const path of ['/health', '/healthz', '/readyz', '/metrics']) {
  test(`${path} tells web pages nothing`, async () => {
    assert.equal((await ask(path, { origin: 'http://evil.example' })).status, 403);
  });
}
