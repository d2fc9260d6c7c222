/**
 * The servers that run in one process of ours: gateway, inspector, monitor, local API. It reports their addresses, and ends with
 * its parent.
 */
import { join } from 'node:path';
import { PUSH_TO_TALK } from '../../src/core/contracts/index.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { startLocalApi } from '../../src/device/local-api/local-api-server.ts';
import { createLocalEvents } from '../../src/device/local-api/local-events.ts';
import { openInspector } from '../../src/observability/inspect/inspector.ts';
import type { MonitorMetrics } from '../../src/observability/monitor/metrics.ts';
import { startMonitorServer } from '../../src/observability/monitor/monitor-server.ts';
import { trustedProxies } from '../../src/server/client.ts';
import { startForTest } from '../support/gateway.ts';
import { testScope } from '../support/test-scope.ts';

export interface Addresses {
  gateway: string;
  /** Of one whose connections begin with a header of the PROXY protocol. */
  proxied: string;
  /** With its token after the `#`. */
  page: string;
  monitor: string;
  /** The socket of the local API, which needs no token. */
  localApi: string;
}

const [folder = ''] = process.argv.slice(2);
process.on('disconnect', () => process.exit(0));

const gateway = await startForTest([], async () => {}, { state: join(folder, 'gateway') });
const proxies = trustedProxies(['127.0.0.1'], 'proxy-protocol');
const proxied = await startForTest([], async () => {}, undefined, proxies);
const page = await openInspector({
  page: { host: '127.0.0.1', port: 0, token: undefined },
  recordAudio: false,
  log: silentLog,
});
const monitor = await startMonitorServer(
  {
    folder: join(folder, 'monitor'),
    createCollector: () => ({ collect: async () => ({ pid: process.pid }) as MonitorMetrics }),
  },
  testScope(systemClock),
);
const localApi = join(folder, 'api.sock');
const events = createLocalEvents({ muted: false, volumePercent: 100, listening: PUSH_TO_TALK }, () => {});
await startLocalApi(
  {
    socket: { path: localApi },
    events,
    target: { state: events.state, press() {}, release() {}, cancel() {}, mute() {}, setVolume() {}, listen() {} },
    readMetrics: async () => [],
    onLevelsWanted() {},
  },
  testScope(systemClock),
);
process.send?.({
  ...{ gateway: gateway.url, proxied: proxied.url, page: page.url ?? '', monitor: monitor.path, localApi },
} satisfies Addresses);
