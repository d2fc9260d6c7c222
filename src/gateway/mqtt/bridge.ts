/**
 * Publishes the devices of the cloud to an MQTT broker, and carries out what it is told there. All of it goes through the cloud, as the
 * operator's commands do: so it does not matter at which gateway a device is.
 */
import { randomUUID } from 'node:crypto';
import type { ConvexClient } from 'convex/browser';
import type { FunctionReturnType } from 'convex/server';
import { mapCloudErrors } from '../../../actors/cloud/cloud-errors.ts';
import { openClient } from '../../../actors/cloud/convex-cloud.ts';
import { api } from '../../../convex/_generated/api.js';
import { errorFields, messageOf } from '../../core/errors.ts';
import { createTokenBucket } from '../../core/limits/token-bucket.ts';
import type { Log } from '../../core/log/log.ts';
import { createOccasionalLog } from '../../core/log/occasional-log.ts';
import { byLabel, counter, type MetricFamily } from '../../core/metrics/metric-family.ts';
import type { Clock } from '../../core/time/clock.ts';
import { type Broker, type BrokerOptions, openBroker } from './broker.ts';
import {
  type MqttCommand,
  payloadsOf,
  publishedBefore,
  readCommand,
  STATUS,
  SUBSCRIPTIONS,
  slugOf,
  withdrawalOf,
} from './home-assistant.ts';

const COMMANDS_PER_MINUTE = 120;
/** What was to be said an hour ago is not wanted now. */
const SAY_EXPIRES_MS = 600_000;

export interface MqttSettings extends Pick<BrokerOptions, 'url' | 'username' | 'password'> {}

export interface MqttBridgeOptions extends MqttSettings {
  cloud: { url: string | Promise<string>; gatewayKey: string; tenant?: string };
  clock: Clock;
  log: Log;
}

export interface MqttBridge {
  readMetrics(): MetricFamily[];
  close(): Promise<void>;
}

type Devices = FunctionReturnType<typeof api.devices.overview>['devices'];

/** @throws EarshotError `usage` when the package is not installed */
export async function openMqttBridge({ cloud, clock, log, ...settings }: MqttBridgeOptions): Promise<MqttBridge> {
  /** Names by slug. Undefined: the cloud has not told yet. */
  let names: Map<string, string> | undefined;
  /** Slugs that the broker knows. */
  const published = new Set<string>();
  const commands = { done: 0, refused: 0 };
  const allowance = createTokenBucket(COMMANDS_PER_MINUTE, 60_000);
  const warn = createOccasionalLog(log, () => clock.now());
  let carryOut: (command: MqttCommand) => Promise<unknown> = () =>
    Promise.reject(new Error('the cloud is not there yet'));
  let isClosed = false;
  let closeClient = async () => {};

  const broker: Broker = await openBroker({
    ...{ ...settings, status: STATUS, subscriptions: SUBSCRIPTIONS, clock, log },
    onMessage({ topic, payload, isRetained }) {
      const slug = publishedBefore(topic);
      if (slug !== undefined) {
        if (payload !== '') published.add(slug);
        return removeOthers();
      }
      // A retained command would be carried out again at each start.
      if (isRetained) return refuse(topic, 'it is retained');
      const command = readCommand(topic, payload, names ?? new Map());
      if (command === undefined) return;
      if (typeof command === 'string') return refuse(topic, command);
      if (!allowance.takeOne(clock.now())) return refuse(topic, 'there were too many in a minute');
      carryOut(command).then(
        () => {
          commands.done += 1;
        },
        (error) => refuse(topic, messageOf(error)),
      );
    },
  });

  function refuse(topic: string, reason: string): void {
    commands.refused += 1;
    warn('a command by MQTT is not carried out', { topic, reason });
  }

  function publish(devices: Devices): void {
    const known = devices.filter(({ revokedAt }) => revokedAt === undefined);
    names = new Map(known.map(({ name }) => [slugOf(name), name]));
    for (const device of known) {
      published.add(slugOf(device.name));
      for (const [topic, payload] of Object.entries(payloadsOf(device))) broker.set(topic, payload);
    }
    removeOthers();
  }

  /** Devices that were deleted, also while no gateway ran. */
  function removeOthers(): void {
    if (!names) return;
    for (const slug of published) {
      if (names.has(slug)) continue;
      published.delete(slug);
      for (const [topic, payload] of Object.entries(withdrawalOf(slug))) broker.set(topic, payload);
    }
  }

  async function connectCloud(): Promise<void> {
    const claims = { role: 'operator', subject: 'mqtt' } as const;
    const url = await cloud.url;
    if (isClosed) return;
    const { gatewayKey, tenant } = cloud;
    const { client, close } = openClient({ url, gatewayKey, ...(tenant && { tenant }), claims, clock, log });
    closeClient = close;
    client.onUpdate(
      api.devices.overview,
      {},
      ({ devices }) => publish(devices),
      (error) => warn('the cloud does not tell of its devices', { error: error.message }),
    );
    carryOut = (command) => mapCloudErrors(send(client, command));
  }

  function send(client: ConvexClient, command: MqttCommand): Promise<unknown> {
    const { device } = command;
    if ('control' in command) {
      return client.mutation(api.controls.send, { device, id: randomUUID(), action: command.control });
    }
    if ('say' in command) {
      const told = { device, id: randomUUID(), text: command.say };
      return client.mutation(api.announcements.say, { ...told, priority: 'normal', expiresInMs: SAY_EXPIRES_MS });
    }
    return client.mutation(api.settings.set, { device, settings: { volumePercent: command.volumePercent } });
  }

  connectCloud().catch((error: unknown) => log.error('devices are not published by MQTT', errorFields(error)));
  return {
    readMetrics: () => [
      ...broker.readMetrics(),
      counter(
        'earshot_gateway_mqtt_commands_total',
        'Commands that came by MQTT.',
        byLabel('result', Object.entries(commands)),
      ),
    ],
    async close() {
      isClosed = true;
      await broker.close();
      await closeClient();
    },
  };
}
