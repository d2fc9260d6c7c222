/**
 * The connection to an MQTT broker: it keeps the newest payload of each topic, and sends it whenever there is a connection. So what waits is
 * bounded by the number of topics, however long the broker is away.
 */
import type { MqttClient } from 'mqtt';
import { EarshotError, errorFields, messageOf } from '../../core/errors.ts';
import type { Log } from '../../core/log/log.ts';
import { counter, gauge, type MetricFamily } from '../../core/metrics/metric-family.ts';
import { backoffMs } from '../../core/time/backoff.ts';
import type { Clock } from '../../core/time/clock.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const RETRY = { firstMs: 1_000, longestMs: 60_000 } as const;
/** A broker that refuses the password does so a second later as well. */
const REFUSED_RETRY_MS = 60_000;
/** Sent and not yet acknowledged. */
const MAX_IN_FLIGHT = 32;
/** Of a message from the broker; it keeps to it, because it is told (MQTT 5 §3.1.2.11.4). */
const MAX_MESSAGE_BYTES = 16_384;
/** Not authorised, bad user name or password: MQTT 5 (§3.2.2.2), and 3.1.1 (§3.2.2.3). */
const REFUSED = new Set([134, 135, 4, 5]);
/** MQTT 5 §3.2.2.2. */
const WRONG_VERSION = new Set([132, 1]);

export interface BrokerOptions {
  /** `mqtt:` or `mqtts:`. */
  url: URL;
  username?: string | undefined;
  password?: string | undefined;
  /** Online while this is connected; the broker publishes the other one when the connection is lost. */
  status: { topic: string; online: string; offline: string };
  subscriptions: readonly string[];
  onMessage(message: { topic: string; payload: string; isRetained: boolean }): void;
  clock: Clock;
  log: Log;
  random?: () => number;
}

export interface Broker {
  /** Publishes, retained; the newest payload of a topic counts. An empty one removes the topic at the broker. */
  set(topic: string, payload: string): void;
  readMetrics(): MetricFamily[];
  close(): Promise<void>;
}

/** @throws EarshotError `usage` when the package is not installed */
export async function openBroker(options: BrokerOptions): Promise<Broker> {
  const { url, username, password, status, subscriptions, onMessage, clock, log, random = Math.random } = options;
  const { connect } = await loadMqtt();
  /** By topic. */
  const payloads = new Map<string, string>();
  const unsent = new Set<string>();
  let client: MqttClient | undefined;
  let isConnected = false;
  let isClosed = false;
  let inFlight = 0;
  let failures = 0;
  let retry: unknown;
  let wasTold = '';
  const counts = { published: 0, superseded: 0, received: 0, connections: 0 };

  function dial(): void {
    inFlight = 0;
    let error: Error | undefined;
    const dialled = connect(url.href, {
      protocolVersion: 5,
      properties: { maximumPacketSize: MAX_MESSAGE_BYTES },
      clientId: `earshot-${Math.floor(random() * 2 ** 48).toString(36)}`,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      connectTimeout: CONNECT_TIMEOUT_MS,
      // With its own growing delays, and its own queue.
      reconnectPeriod: 0,
      queueQoSZero: false,
      resubscribe: false,
      will: { topic: status.topic, payload: Buffer.from(status.offline), qos: 1, retain: true },
    });
    client = dialled;
    dialled.on('connect', () => void onConnect(dialled));
    dialled.on('message', (topic, payload, { retain }) => {
      counts.received += 1;
      onMessage({ topic, payload: payload.toString('utf8'), isRetained: retain });
    });
    dialled.on('error', (cause) => {
      error = cause;
    });
    dialled.on('close', () => onClose(dialled, error));
  }

  async function onConnect(dialled: MqttClient): Promise<void> {
    isConnected = true;
    failures = 0;
    wasTold = '';
    counts.connections += 1;
    log.info('connected to the MQTT broker', { broker: url.host });
    try {
      await dialled.subscribeAsync([...subscriptions], { qos: 1 });
    } catch (error) {
      // Its rights: what is published is of use without commands.
      log.error('the MQTT broker refuses the subscription to commands', { error: messageOf(error) });
    }
    payloads.set(status.topic, status.online);
    for (const topic of payloads.keys()) unsent.add(topic);
    send();
  }

  function onClose(dialled: MqttClient, cause: Error | undefined): void {
    if (client !== dialled) return;
    const wasConnected = isConnected;
    isConnected = false;
    client = undefined;
    dialled.end(true);
    if (isClosed) return;
    failures += 1;
    const error = explain(cause, url);
    if (wasTold !== error.code + error.message) {
      wasTold = error.code + error.message;
      log.warn(wasConnected ? 'the connection to the MQTT broker is lost' : 'no connection to the MQTT broker', {
        ...errorFields(error),
      });
    }
    const delayMs = error.code === 'broker_refused' ? REFUSED_RETRY_MS : backoffMs(failures, RETRY);
    retry = clock.setTimeout(dial, delayMs / 2 + (delayMs / 2) * random());
  }

  function send(): void {
    const to = client;
    if (!to || !isConnected) return;
    for (const topic of unsent) {
      if (inFlight >= MAX_IN_FLIGHT) return;
      const payload = payloads.get(topic) ?? '';
      unsent.delete(topic);
      inFlight += 1;
      to.publish(topic, payload, { qos: 1, retain: true }, (error) => {
        if (to !== client) return;
        inFlight -= 1;
        if (error) unsent.add(topic);
        else counts.published += 1;
        // The broker has forgotten it, so this may, too.
        if (!error && payload === '' && payloads.get(topic) === '') payloads.delete(topic);
        if (!error) send();
      });
    }
  }

  dial();
  return {
    set(topic, payload) {
      if (payloads.get(topic) === payload) return;
      payloads.set(topic, payload);
      if (unsent.has(topic)) counts.superseded += 1;
      unsent.add(topic);
      send();
    },
    readMetrics: () => [
      gauge('earshot_gateway_mqtt_connected', 'Connected to the MQTT broker.', isConnected ? 1 : 0),
      gauge('earshot_gateway_mqtt_waiting', 'Topics with a payload that the broker does not have yet.', unsent.size),
      counter('earshot_gateway_mqtt_connections_total', 'Connections to the broker.', counts.connections),
      counter('earshot_gateway_mqtt_published_total', 'Messages that the broker has taken.', counts.published),
      counter('earshot_gateway_mqtt_superseded_total', 'Payloads replaced by newer ones unsent.', counts.superseded),
      counter('earshot_gateway_mqtt_received_total', 'Messages of the broker.', counts.received),
    ],
    async close() {
      isClosed = true;
      clock.clearTimeout(retry);
      const last = client;
      if (!last) return;
      // A graceful end sends no will. Where the connection is lost meanwhile, the broker sends the will, which says the same.
      if (isConnected) await last.publishAsync(status.topic, status.offline, { qos: 1, retain: true }).catch(() => {});
      await last.endAsync(!isConnected).catch(() => {});
    },
  };
}

async function loadMqtt() {
  try {
    return await import('mqtt');
  } catch (cause) {
    const hint = 'Install it beside Earshot: npm install mqtt@5.16.0.';
    throw new EarshotError('usage', '--mqtt needs the package mqtt, which is not installed', hint, { cause });
  }
}

function explain(cause: Error | undefined, { host }: URL): EarshotError {
  const code = (cause as { code?: unknown } | undefined)?.code;
  if (typeof code === 'number' && REFUSED.has(code)) {
    const hint = 'Check EARSHOT_MQTT_USERNAME and EARSHOT_MQTT_PASSWORD (or its file).';
    return new EarshotError('broker_refused', `The MQTT broker at ${host} refuses the user name or the password`, hint);
  }
  if (typeof code === 'number' && WRONG_VERSION.has(code)) {
    const hint = 'Use one that speaks MQTT 5, as mosquitto 1.6 or later.';
    return new EarshotError('broker_refused', `The MQTT broker at ${host} does not speak MQTT 5`, hint);
  }
  const why = cause ? `: ${messageOf(cause) || String(code)}` : '';
  const hint = 'Check --mqtt, and that the broker runs. It is tried again.';
  return new EarshotError('broker_unreachable', `The MQTT broker at ${host} is not connected${why}`, hint, { cause });
}
