/**
 * Who may do what. Each public function begins with requireRole and its own name; PERMITTED lists who may call it. The deployment
 * has verified the caller's token before a function runs (auth.config.ts).
 */
import type { UserIdentity } from 'convex/server';
import { v } from 'convex/values';
import { DEFAULT_TENANT, ROLES, type Role, TOKEN_ISSUER } from '../src/protocol/identity.ts';
import type { Doc } from './_generated/dataModel.d.ts';
import type { QueryCtx } from './_generated/server.js';
import { refusal } from './errors.ts';
import { deviceNamed, type Tenant } from './lookup.ts';

/** Whoever looks, and whoever decides. */
const PEOPLE = ['operator', 'viewer'] as const;

/** A viewer only reads. A device reads only its own data. */
export const PERMITTED = {
  'devices:list': PEOPLE,
  'devices:me': ['device'],
  'devices:revoke': ['operator'],
  'devices:verify': ['gateway'],
  'pairing:approve': ['operator'],
  'pairing:claim': ['gateway'],
  'pairing:list': PEOPLE,
  'pairing:request': ['gateway'],
  'pairing:standing': PEOPLE,
  'pairing:watch': ['gateway'],
  'pairing:withdraw': ['gateway', 'operator'],
  'recordings:uploadUrl': ['gateway', 'operator'],
  'recordings:url': [...PEOPLE, 'device'],
  'replies:list': ['gateway', ...PEOPLE, 'device'],
  'replies:put': ['operator'],
  'replies:remove': ['operator'],
  'reports:add': ['gateway'],
  'reports:list': PEOPLE,
  'retention:get': PEOPLE,
  'retention:set': ['operator'],
  'sessions:list': PEOPLE,
  'sessions:record': ['gateway'],
  'settings:forDevice': ['gateway'],
  'settings:get': PEOPLE,
  'settings:set': ['operator'],
  'turns:get': [...PEOPLE, 'device'],
  'turns:list': [...PEOPLE, 'device'],
  'turns:record': ['gateway'],
} as const satisfies Record<string, readonly Role[]>;
export type PublicFunction = keyof typeof PERMITTED;

export interface Principal {
  tenant: Tenant;
  /** Of the role `device`: the only device whose data it may read. */
  device?: Doc<'devices'>;
}

/** @throws `not_authenticated`, `not_permitted`; for a device `device_unknown`, `token_revoked`, `token_expired` */
export async function requireRole(ctx: QueryCtx, name: PublicFunction, given: Given = {}): Promise<Principal> {
  const identity = await ctx.auth.getUserIdentity();
  const key = given.gatewayKey ?? given.credential?.gatewayKey;
  if (!identity && key !== undefined) return await requireGatewayKey(key, name);
  const { role, tenant: tenantName, device: deviceName }: Partial<UserIdentity> = identity ?? {};
  if (identity?.issuer !== TOKEN_ISSUER || !isRole(role) || typeof tenantName !== 'string' || tenantName === '') {
    throw refusal('not_authenticated', 'The caller has no valid token.');
  }
  if (!(PERMITTED[name] as readonly Role[]).includes(role)) {
    throw refusal('not_permitted', `The role ${role} may not call ${name}.`);
  }
  const tenant = tenantName === DEFAULT_TENANT ? undefined : tenantName;
  if (role !== 'device') return { tenant };
  return { tenant, device: await validDevice(ctx, tenant, deviceName) };
}

/** Its token is short-lived; a revocation takes effect at once all the same. */
async function validDevice(ctx: QueryCtx, tenant: Tenant, name: unknown): Promise<Doc<'devices'>> {
  const device = typeof name === 'string' ? await deviceNamed(ctx, { tenant, name }) : null;
  if (!device) throw refusal('device_unknown', `There is no device named ${name}.`);
  if (device.revokedAt !== undefined) throw refusal('token_revoked', `The token of ${device.name} was revoked.`);
  if (hasExpired(device)) throw refusal('token_expired', `The token of ${device.name} has expired.`);
  return device;
}

function isRole(role: unknown): role is Role {
  return (ROLES as readonly unknown[]).includes(role);
}

/** A subscribed query is not executed again because time passes: what it answers must say when that changes. */
export function hasExpired({ tokenExpiresAt }: Doc<'devices'>): boolean {
  return tokenExpiresAt !== undefined && tokenExpiresAt <= Date.now();
}

// Until every deployment verifies tokens, gateway and operator may show their key instead.

export const gatewayKey = v.optional(v.string());
export const credential = v.optional(v.object({ gatewayKey: v.string() }));
interface Given {
  gatewayKey?: string | undefined;
  credential?: { gatewayKey: string } | undefined;
}

async function requireGatewayKey(key: string, name: PublicFunction): Promise<Principal> {
  const wanted = process.env.EARSHOT_GATEWAY_KEY;
  if (!wanted) {
    throw refusal('gateway_key_missing', 'This deployment has no EARSHOT_GATEWAY_KEY. Set it with npx convex env set.');
  }
  if (!equalDigests(await sha256(key), await sha256(wanted))) {
    throw refusal('gateway_key_wrong', 'The gateway key is wrong.');
  }
  if ((PERMITTED[name] as readonly Role[]).every((role) => role === 'device')) {
    throw refusal('not_permitted', `Only a device may call ${name}.`);
  }
  return { tenant: undefined };
}

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}

/** Takes the same time for every result, so that the number of equal bytes cannot be measured. */
function equalDigests(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}
