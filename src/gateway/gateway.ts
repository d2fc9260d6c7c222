/**
 * The gateway, put together: a server of devices, and of pages, in front of the sessions.
 */
import type { AddressInfo } from 'node:net';
import { v7 as uuidv7 } from 'uuid';
import { withAnnouncer } from '../../actors/assistant/announcer.ts';
import type { EndpointingCounts } from '../../actors/assistant/endpointing/endpointing.ts';
import type { ProviderStats } from '../../actors/assistant/providers/provider-guard.ts';
import type { ReplyVoice } from '../../actors/assistant/speech/reply-voice.ts';
import type { CloudRecorder } from '../../actors/cloud/cloud-recorder.ts';
import type { Responder } from '../../actors/responder/responder.ts';
import { TenantQuota } from '../../actors/session/tenant-quota.ts';
import type { TurnRecorder } from '../../actors/session/turn-recorder.ts';
import type { SessionNotification } from '../../machines/session-context.ts';
import { DEFAULT_LIMITS, type Limits } from '../core/limits/limits.ts';
import type { Log } from '../core/log/log.ts';
import { counter, gauge } from '../core/metrics/metric-family.ts';
import { systemClock } from '../core/time/clock.ts';
import type { Inspector } from '../observability/inspect/inspector.ts';
import type { GatewayTracing } from '../observability/tracing/open-tracing.ts';
import { CLOSE_GOING_AWAY, STREAM_PATH, SUBPROTOCOL } from '../protocol/control.ts';
import type { Certificate } from '../server/certificate.ts';
import { NO_PROXIES, type TrustedProxies } from '../server/client.ts';
import { type FrontDoor, openFrontDoor } from '../server/front-door.ts';
import { listenError } from '../server/listen-error.ts';
import { createRouting } from '../server/routes.ts';
import { openDeviceStreams } from './device-streams.ts';
import { createDraining } from './draining.ts';
import type { GatewayCloud } from './gateway-cloud.ts';
import { createMetricRegistry, type ReadMetrics } from './metrics/metric-registry.ts';
import { readRecordMetrics } from './metrics/record-metrics.ts';
import { createSessionMetrics } from './metrics/session-metrics.ts';
import { observedBesides } from './observed-besides.ts';
import { createSessions } from './sessions.ts';
import { openStatus } from './status.ts';
import { keepTenantShares } from './tenant-shares.ts';
import { withTracedCalls } from './traced-calls.ts';
import { createPageOrigins } from './web/page-origins.ts';
import { openWeb, type WebSettings } from './web/web.ts';
import type { PrimaryLink } from './workers/primary-link.ts';

/** How long open connections may take for the closing handshake. */
const CLOSE_GRACE_MS = 1_000;

/** The settings of a gateway. */
export interface GatewayOptions {
  host: string;
  /** 0: any free port. */
  port: number;
  responder: Responder;
  /** Records turns, decides who may connect, and pairs new devices. */
  cloud: Pick<GatewayCloud, 'access' | 'ready'> &
    Partial<Pick<GatewayCloud, 'gatewayId' | 'address' | 'spools' | 'notices' | 'wakeExchange' | 'readMetrics'>> & {
      recorder: TurnRecorder &
        Pick<CloudRecorder, 'observe' | 'stats'> &
        Partial<Pick<CloudRecorder, 'standing' | 'used'>>;
    };
  /** Default: those of src/core/limits/limits.ts. */
  limits?: Limits;
  /** It is one of several processes, which get their connections from this one, and does not listen itself. */
  fromPrimary?: PrimaryLink;
  /** Serves pages to browsers, which may then connect as devices. Without it, only devices are served. */
  web?: WebSettings;
  /** It speaks TLS, and nothing else; whoever opened it closes it. Default: it speaks plain HTTP and WebSocket. */
  certificate?: Certificate | undefined;
  /** Proxies whose client address is trusted; default: none. */
  proxies?: TrustedProxies;
  /** Speaks announcements and reminders. Without it, announcements fail, and reminders ring with their tone alone. */
  voice?: Pick<ReplyVoice, 'reply'>;
  log: Log;
  onNotification?: (notification: SessionNotification) => void;
  /** Counters of the assistant's providers, for /health. */
  providers?: () => readonly ProviderStats[];
  /** Counters of the end of speech, for /health. */
  endpointing?: () => EndpointingCounts | undefined;
  /** Traces turns, and the calls of other services that are made for them. */
  tracing?: Pick<GatewayTracing, 'traceSession' | 'spanOf'> | undefined;
  /** Metrics of what runs beside it. */
  readMetrics?: ReadMetrics;
  /** Observes the gateway. */
  inspector?: Inspector;
}

/** A gateway that listens. */
export interface Gateway {
  /** The address for devices, e.g. `ws://127.0.0.1:4433`. */
  url: string;
  /** The address for browsers, e.g. `http://127.0.0.1:4433`, without a slash at its end. */
  webUrl: string;
  /** Connected devices. */
  connections(): number;
  /** Connections that are not authenticated yet. */
  handshakes(): number;
  /**
   * Takes no further devices, and lets those that there are leave: each connects to another gateway between turns. Resolves when they
   * have left, at the latest after `timeoutMs`. `close` comes after it.
   */
  drain(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

/** @throws EarshotError `port_in_use`, `address_unavailable` */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const {
    host,
    port,
    cloud,
    log,
    onNotification,
    tracing,
    inspector,
    providers,
    endpointing,
    limits = DEFAULT_LIMITS,
    proxies = NO_PROXIES,
    voice,
    web,
    certificate,
    fromPrimary,
  } = options;
  const { recorder, access } = cloud;
  const metrics = createMetricRegistry();
  const sessionMetrics = createSessionMetrics();
  metrics.register(sessionMetrics.read);
  metrics.register(() => readRecordMetrics(recorder));
  if (cloud.readMetrics) metrics.register(cloud.readMetrics);
  if (options.readMetrics) metrics.register(options.readMetrics);
  const observeSession = (notification: SessionNotification) => {
    sessionMetrics.note(notification);
    onNotification?.(notification);
  };
  const tenant = new TenantQuota(limits, systemClock);
  const responder = tracing ? withTracedCalls(options.responder, tracing.spanOf) : options.responder;
  const sessions = createSessions({
    responder: voice && !responder.announces ? withAnnouncer(responder, voice) : responder,
    recorder,
    clock: systemClock,
    log,
    newId: uuidv7,
    limits,
    tenant,
    observe: (...session) =>
      observedBesides(recorder.observe(...session), sessionMetrics.noteLatencies, tracing?.traceSession()),
    watch: access.watch,
    ...(recorder.standing && { standing: recorder.standing }),
    ...(recorder.used && { tellUsed: recorder.used }),
    ...(voice && { voice }),
    ...(cloud.notices && { notices: cloud.notices(voice) }),
    ...(cloud.spools && { spools: cloud.spools }),
    ...(cloud.wakeExchange && { wakeExchange: cloud.wakeExchange }),
    traffic: sessionMetrics.traffic,
    onNotification: observeSession,
    ...(inspector && { onSession: inspector.session, queues: inspector.queues }),
  });
  const stopShares = keepTenantShares({
    ...{ cloud: cloud.ready, quota: tenant, gatewayId: cloud.gatewayId ?? uuidv7(), clock: systemClock, log },
    connections: sessions.count,
  });
  inspector?.queues.watch(() => {
    const { queue, delivery } = recorder.stats();
    const { waiting, limit, dropped, refused, setAside, deadLetters } = queue;
    const sent = delivery?.delivered ?? 0;
    const dead = { depth: deadLetters.waiting, limit: deadLetters.limit, sent: setAside, dropped: deadLetters.dropped };
    return [
      { name: 'cloud records', unit: 'records', depth: waiting, limit, sent, dropped: dropped + refused },
      { name: 'dead letters', unit: 'records', ...dead },
    ];
  });
  const origins = createPageOrigins({
    listening: host,
    isTls: certificate !== undefined,
    certified: () => certificate?.names() ?? [],
    publicUrl: web?.publicUrl,
    allowed: web?.allowedOrigins ?? [],
  });
  const refuse: FrontDoor['refuse'] = (...refusal) => front.refuse(...refusal);
  const shared = { origins, refuse, limits, clock: systemClock, log };
  const served = web && openWeb({ ...web, cloud: cloud.address, ...shared });
  const streams = openDeviceStreams({ ...shared, sessions, cloud, servesPages: web !== undefined });
  const draining = createDraining({ sessions, refuse: streams.refuse, clock: systemClock, log });
  const status = openStatus({
    isDraining: () => draining.state !== 'serving',
    ...{ host, cloud, metrics, clock: systemClock },
    ...(fromPrimary && { others: fromPrimary.statuses }),
    counts: () => ({ connections: streams.count(), handshakes: front.handshakes.count() }),
    ...(providers && { providers }),
    ...(endpointing && { endpointing }),
  });
  const routes = [...status.routes, streams.route, ...(served?.routes ?? [])];
  const notFound = { error: `devices connect to ${STREAM_PATH} by WebSocket (${SUBPROTOCOL})` };
  const routing = createRouting({ routes, notFound, refuse });
  const front = openFrontDoor({ limits, proxies, certificate, log, ...routing });

  metrics.register(() => [
    gauge('earshot_gateway_devices', 'Connected devices.', streams.count()),
    gauge('earshot_gateway_streams', 'Turns that are under way.', sessions.turns()),
    gauge('earshot_gateway_handshakes', 'Connections that are not devices yet.', front.handshakes.count()),
    counter(
      'earshot_gateway_handshakes_dropped_total',
      'Connections that were too slow, or too many.',
      front.handshakes.dropped(),
    ),
  ]);

  const address = fromPrimary ? fromPrimary.place.address : await listen();
  fromPrimary?.serve(front.take, status.read);

  function listen(): Promise<AddressInfo> {
    return front.listen(port, host).catch((error: Error) => {
      throw listenError(error, host, port);
    });
  }

  // A certificate is for names.
  const [name = shownHost(address)] = certificate?.names().filter((each) => !each.startsWith('*')) ?? [];
  const isTls = certificate !== undefined;

  return {
    url: `${isTls ? 'wss' : 'ws'}://${name}:${address.port}`,
    webUrl: web?.publicUrl?.origin ?? (isTls ? `https://${name}:${address.port}` : pageAddress(address)),
    connections: streams.count,
    handshakes: front.handshakes.count,
    drain: draining.drain,
    async close() {
      stopShares();
      status.close();
      served?.close();
      const over = sessions.closeAll(CLOSE_GOING_AWAY, 'gateway shutting down');
      streams.close();
      await Promise.all([over, front.close(CLOSE_GRACE_MS)]);
    },
  };
}

function shownHost({ address, family }: AddressInfo): string {
  return family === 'IPv6' ? `[${address}]` : address;
}

/** `localhost` where it listens on all addresses: a browser permits a microphone there, and not at another name without TLS. */
function pageAddress(address: AddressInfo): string {
  const isAny = address.address === '0.0.0.0' || address.address === '::';
  return `http://${isAny ? 'localhost' : shownHost(address)}:${address.port}`;
}
