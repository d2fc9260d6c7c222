/**
 * Clients of a cloud under test, with the tokens of its gateway and its operator.
 */
import type { ConvexClient } from 'convex/browser';
import { openClient } from '../../actors/cloud/convex-cloud.ts';
import { signingKeyOf } from '../../src/core/identity/signing-key.ts';
import { tenantOf } from '../../src/core/identity/tenant.ts';
import { signToken } from '../../src/core/identity/token.ts';
import { DEFAULT_TENANT, type Role } from '../../src/protocol/identity.ts';

export interface CloudClients {
  asGateway: ConvexClient;
  asOperator: ConvexClient;
  close(): Promise<void>;
}

/** For `Authorization: Bearer …`. */
export async function tokenFor(role: Role, { gatewayKey }: { gatewayKey: string }): Promise<string> {
  return await signToken(signingKeyOf(gatewayKey), { role, tenant: DEFAULT_TENANT, subject: 'a test' }, Date.now());
}

/** What a client of the sync protocol says first. */
export async function authenticateAs(role: Role, cloud: { gatewayKey: string }): Promise<string> {
  const value = await tokenFor(role, cloud);
  return JSON.stringify({ type: 'Authenticate', baseVersion: 0, tokenType: 'User', value });
}

/** @param cloud of the tenant `EARSHOT_TENANT`, or `default`, unless it names another */
export function cloudClients(cloud: { url: string; gatewayKey: string; tenant?: string }): CloudClients {
  const tenant = tenantOf(process.env);
  const open = (role: Role) => openClient({ tenant, ...cloud, claims: { role, subject: 'a test' } });
  const [gateway, operator] = [open('gateway'), open('operator')];
  return {
    asGateway: gateway.client,
    asOperator: operator.client,
    async close() {
      await Promise.all([gateway.close(), operator.close()]);
    },
  };
}
