/**
 * Pairs devices in the cloud without a gateway, as its functions allow gateway and operator together.
 */
import { createHash, randomBytes } from 'node:crypto';
import { api } from '../../convex/_generated/api.js';
import type { CloudClients } from '../support/cloud-clients.ts';

/** Returns the token. */
export async function pair(clients: CloudClients, device: string): Promise<string> {
  const [request, token] = [randomBytes(16).toString('hex'), randomBytes(32).toString('base64url')];
  const code = String(randomBytes(4).readUInt32BE() % 1_000_000).padStart(6, '0');
  await clients.asGateway.mutation(api.pairing.request, { request, code, device });
  await clients.asOperator.mutation(api.pairing.approve, { code });
  const tokenHash = createHash('sha256').update(token).digest('hex');
  await clients.asGateway.mutation(api.pairing.claim, { request, tokenHash });
  return token;
}
