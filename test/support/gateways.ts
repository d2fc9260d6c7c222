/**
 * Several gateways that share nothing but an embedded cloud, in this process; the cloud has one of its own.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReplyVoice } from '../../actors/assistant/speech/reply-voice.ts';
import { parrot } from '../../actors/responder/parrot.ts';
import type { Responder } from '../../actors/responder/responder.ts';
import { type Log, silentLog } from '../../src/core/log/log.ts';
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts';
import { type GatewayCloud, type GatewayCloudOptions, openGatewayCloud } from '../../src/gateway/gateway-cloud.ts';
import { type CloudClients, cloudClients } from './cloud-clients.ts';
import { type EmbeddedProcess, startEmbeddedProcess } from './embedded-process.ts';

export interface SharingGateway extends Gateway {
  cloud: GatewayCloud;
}

export interface SharingGateways extends CloudClients {
  embedded: EmbeddedProcess;
  gateways: SharingGateway[];
  /** Closes one that has drained, and starts it again: in `gateways`, at another port. */
  restart(index: number): Promise<void>;
}

export interface SharingGatewaysOptions extends Pick<Partial<GatewayCloudOptions>, 'isOpen' | 'limits'> {
  count: number;
  /** Of each gateway; default: they have one. */
  tenants?: readonly string[];
  responder?: Responder;
  voice?: Pick<ReplyVoice, 'reply'>;
  log?: Log;
}

/** The environment names the deployment while they are open. */
export async function openGateways({
  count,
  tenants = [],
  isOpen = true,
  limits,
  responder = parrot,
  voice,
  log = silentLog,
}: SharingGatewaysOptions): Promise<SharingGateways> {
  const state = mkdtempSync(join(tmpdir(), 'earshot-test-gateways-'));
  const embedded = await startEmbeddedProcess();
  Object.assign(process.env, { CONVEX_URL: embedded.url, EARSHOT_GATEWAY_KEY: embedded.gatewayKey });
  const clients = cloudClients(embedded);
  const shared = { ...(limits && { limits }), log };
  async function start(index: number): Promise<SharingGateway> {
    const tenant = tenants[index];
    const own = { state: join(state, `${index}`), ...(tenant !== undefined && { tenant }) };
    const cloud = openGatewayCloud({ ...own, isOpen, ...shared });
    const serving = { host: '127.0.0.1', port: 0, responder, cloud, ...(voice && { voice }), ...shared };
    return Object.assign(await startGateway(serving), { cloud });
  }
  const gateways = await Promise.all(Array.from({ length: count }, (_, index) => start(index)));
  return {
    ...{ embedded, gateways, asGateway: clients.asGateway, asOperator: clients.asOperator },
    async restart(index) {
      await gateways[index]?.close();
      await gateways[index]?.cloud.close();
      gateways[index] = await start(index);
    },
    async close() {
      await Promise.all(gateways.map((gateway) => gateway.close()));
      await Promise.all(gateways.map(({ cloud }) => cloud.close()));
      await clients.close();
      await embedded.close();
      delete process.env.CONVEX_URL;
      delete process.env.EARSHOT_GATEWAY_KEY;
      rmSync(state, { recursive: true, force: true });
    },
  };
}
