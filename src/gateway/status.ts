/**
 * What the gateway tells of itself, for programs: `/health`, `/healthz`, `/readyz`, `/metrics`.
 */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { EndpointingCounts } from '../../actors/assistant/endpointing/endpointing.ts';
import type { ProviderStats } from '../../actors/assistant/providers/provider-guard.ts';
import type { Cloud } from '../../actors/cloud/cloud.ts';
import type { CloudRecorder } from '../../actors/cloud/cloud-recorder.ts';
import { gauge, METRICS_TYPE, prometheusLines } from '../core/metrics/metric-family.ts';
import { VERSION } from '../core/process/version.ts';
import type { Clock } from '../core/time/clock.ts';
import { isLoopback, plainAddress } from '../server/addresses.ts';
import type { RequestClient } from '../server/client.ts';
import { answer } from '../server/front-door.ts';
import type { RequestTarget } from '../server/request-target.ts';
import type { Call, HttpRoute } from '../server/routes.ts';
import { addStatuses } from './metrics/add-statuses.ts';
import { measureEventLoopLag } from './metrics/event-loop-lag.ts';
import type { GatewayStatus } from './metrics/gateway-status.ts';
import type { MetricRegistry } from './metrics/metric-registry.ts';
import { readProcessMetrics } from './metrics/process-metrics.ts';
import { reasonsNotReady } from './readiness.ts';

/** The text format of Prometheus. */

export interface StatusOptions {
  /** That the gateway listens on. */
  host: string;
  cloud: { ready: Promise<Pick<Cloud, 'isConnected'>>; recorder: Pick<CloudRecorder, 'stats'> };
  metrics: MetricRegistry;
  /** It takes no further devices. */
  isDraining: () => boolean;
  counts: () => { connections: number; handshakes: number };
  providers?: () => readonly ProviderStats[];
  endpointing?: () => EndpointingCounts | undefined;
  /** Of the other processes of this gateway. Default: it has none. */
  others?: () => Promise<GatewayStatus[]>;
  clock: Clock;
}

export interface StatusPages {
  routes: HttpRoute[];
  /** Of this process. */
  read(): GatewayStatus;
  close(): void;
}

export function openStatus(options: StatusOptions): StatusPages {
  const { host, cloud, metrics, isDraining, counts, providers, endpointing, others, clock } = options;
  const lag = measureEventLoopLag(clock);
  let connected: Pick<Cloud, 'isConnected'> | undefined;
  cloud.ready.then(
    (ready) => {
      connected = ready;
    },
    // It is logged where the cloud is opened; without a cloud, the queue decides.
    () => {},
  );
  metrics.register(() => [
    ...readProcessMetrics(),
    ...lag.read(),
    gauge('earshot_gateway_info', 'Version of the gateway.', [{ labels: { version: VERSION }, value: 1 }]),
    gauge('earshot_gateway_cloud_connected', 'Whether there is a connection to the cloud.', Number(isCloudConnected())),
    gauge('earshot_gateway_draining', 'Whether it takes no further devices.', Number(isDraining())),
    gauge('earshot_gateway_ready', 'Whether /readyz answers 200.', Number(notReady().length === 0)),
  ]);

  const isCloudConnected = () => connected?.isConnected ?? false;

  /** Why no further devices should be sent here. */
  function notReady(): string[] {
    const { queue } = cloud.recorder.stats();
    return reasonsNotReady({ isDraining: isDraining(), isCloudConnected: isCloudConnected(), queue });
  }

  function read(): GatewayStatus {
    const { waiting, dropped, refused, deadLetters } = cloud.recorder.stats().queue;
    return {
      health: {
        ...counts(),
        records: { waiting, dropped, refused, deadLetters: deadLetters.waiting },
        ...(providers && { providers: providers() }),
        ...(endpointing && { endpointing: endpointing() }),
      },
      reasons: notReady(),
      isCloudConnected: isCloudConnected(),
      metrics: metrics.collect(),
    };
  }

  /** Of all processes. */
  async function readAll(): Promise<GatewayStatus> {
    return others ? addStatuses([read(), ...(await others())]) : read();
  }

  async function tellHealth({ response }: Call): Promise<void> {
    const { health } = await readAll();
    answer(response, 200, { name: 'earshot', version: VERSION, ...health });
  }

  async function tellReadiness({ response }: Call): Promise<void> {
    const { reasons, isCloudConnected: cloud } = await readAll();
    const isReady = reasons.length === 0;
    answer(response, isReady ? 200 : 503, { ready: isReady, reasons, cloud });
  }

  async function tellMetrics({ response }: Call): Promise<void> {
    const { metrics } = await readAll();
    response.writeHead(200, { 'content-type': METRICS_TYPE });
    response.end(`${prometheusLines(metrics).join('\n')}\n`);
  }

  /** @param isForAll also for those that come through a trusted proxy; others are for the proxy itself, and for the machines beside it */
  const route = (path: string, tell: (call: Call) => void | Promise<void>, { isForAll = false } = {}): HttpRoute => ({
    path,
    methods: {
      GET(call) {
        if (!mayAsk(call.request, call.target, call.client)) {
          return answer(call.response, 403, { error: 'not for web pages' });
        }
        if (!isForAll && isBehindProxy(call)) return answer(call.response, 403, { error: 'not through a proxy' });
        return tell(call);
      },
    },
  });

  /** A check of the proxy's own names no other client. */
  function isBehindProxy({ request, client }: Call): boolean {
    return client.via === 'a trusted proxy' && client.address !== plainAddress(request.socket.remoteAddress ?? '');
  }

  /** Not a page in a browser, even if its host name was made to resolve to this machine (DNS rebinding). */
  function mayAsk({ headers }: IncomingMessage, { host: asked }: RequestTarget, client: RequestClient): boolean {
    if (headers.origin !== undefined) return false;
    if (client.via !== 'nobody' || !isLoopback(client.address)) return true;
    return isIP(asked) !== 0 || isLoopback(asked) || asked === host;
  }

  return {
    routes: [
      route('/health', tellHealth, { isForAll: true }),
      route('/healthz', ({ response }) => answer(response, 200, { status: 'ok' })),
      route('/readyz', tellReadiness),
      route('/metrics', tellMetrics),
    ],
    read,
    close: lag.close,
  };
}
