/**
 * An installation as it is deployed: a cloud, gateways in processes of their own, and HAProxy in front of them.
 */
import { type ProvisionedDevices, type ProvisionOptions, provisionDevices } from '../../src/tools/load/provision.ts';
import { type CloudClients, cloudClients } from '../support/cloud-clients.ts';
import { type EmbeddedProcess, startEmbeddedProcess } from '../support/embedded-process.ts';
import { eventually } from '../support/eventually.ts';
import { createGatewayProcess, type GatewayProcess } from './gateway-process.ts';
import { type Haproxy, startHaproxy } from './haproxy.ts';

export interface Installation {
  cloud: EmbeddedProcess;
  clients: CloudClients;
  gateways: readonly GatewayProcess[];
  proxy: Haproxy;
  /** Pairs devices in the cloud. */
  pair(devices: Omit<ProvisionOptions, 'state'>): Promise<ProvisionedDevices>;
  /** HAProxy sends devices to each gateway. */
  whenUp(): Promise<void>;
  close(): Promise<void>;
}

export interface InstallationOptions {
  /** 1 to 3; default: 3. */
  gateways?: number;
  /** More arguments of `earshot gateway`. */
  gatewayArgs?: readonly string[];
  /** Variables of HAProxy's configuration. Default: many devices on this machine are not limited. */
  proxySettings?: Record<string, string>;
}

const MANY_ON_ONE_ADDRESS = { EARSHOT_SOURCE_CONNECTIONS: '100000', EARSHOT_SOURCE_RATE: '100000' };

export async function openInstallation({
  gateways: count = 3,
  gatewayArgs = [],
  proxySettings = MANY_ON_ONE_ADDRESS,
}: InstallationOptions = {}): Promise<Installation> {
  const parts: { close(): Promise<void> }[] = [];
  const close = async () => {
    for (const part of parts.splice(0).reverse()) await part.close();
  };
  const opened = <Part extends { close(): Promise<void> }>(part: Part): Part => {
    parts.push(part);
    return part;
  };
  try {
    const cloud = opened(await startEmbeddedProcess());
    const clients = opened(cloudClients(cloud));
    const gateways: GatewayProcess[] = [];
    for (let i = 0; i < count; i++) gateways.push(opened(await createGatewayProcess({ cloud, args: gatewayArgs })));
    await Promise.all(gateways.map((each) => each.start()));
    const proxy = opened(await startHaproxy({ ports: gateways.map(({ port }) => port), settings: proxySettings }));
    const whenUp = async () => {
      await eventually(
        async () => Object.values(await proxy.states()).filter((state) => state.startsWith('UP')).length === count,
        'all gateways are up',
      );
    };
    await whenUp();
    const pair: Installation['pair'] = (devices) =>
      withVariables({ CONVEX_URL: cloud.url, EARSHOT_GATEWAY_KEY: cloud.gatewayKey }, () =>
        provisionDevices({ ...devices, state: undefined }),
      );
    return { cloud, clients, gateways, proxy, pair, whenUp, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A command finds its cloud in the environment. */
async function withVariables<T>(variables: Record<string, string>, work: () => Promise<T>): Promise<T> {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  try {
    return await work();
  } finally {
    for (const name of Object.keys(variables)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}
