/**
 * Who may do what. Each public function begins with requireRole and its own name; PERMITTED lists who may call it. The deployment
 * has verified the caller's token before a function runs (auth.config.ts).
 */
import type { UserIdentity } from 'convex/server';
import { DEFAULT_TENANT, ROLES, type Role, TOKEN_ISSUER } from '../src/protocol/identity.ts';
import type { Doc } from './_generated/dataModel.d.ts';
import type { QueryCtx } from './_generated/server.js';
import { refusal } from './errors.ts';
import { deviceNamed, type Tenant } from './lookup.ts';

/** Whoever looks, and whoever decides. */
const PEOPLE = ['operator', 'viewer'] as const;

/** A viewer only reads. A device reads only its own data. */
export const PERMITTED = {
  'announcements:forDevice': ['gateway'],
  'announcements:get': PEOPLE,
  'announcements:list': PEOPLE,
  'announcements:remove': ['operator'],
  'announcements:report': ['gateway'],
  'announcements:say': ['operator'],
  'batches:run': ['gateway'],
  'controls:send': ['operator'],
  'devices:export': PEOPLE,
  'devices:list': PEOPLE,
  'devices:me': ['device'],
  'devices:overview': PEOPLE,
  'devices:removal': PEOPLE,
  'devices:remove': ['operator'],
  'devices:revoke': ['operator'],
  'devices:verify': ['gateway'],
  'devices:watch': ['gateway'],
  'figures:fleet': PEOPLE,
  'gateways:renew': ['gateway'],
  'lists:add': ['gateway', 'operator'],
  'lists:all': ['gateway', ...PEOPLE],
  'lists:remove': ['gateway', 'operator'],
  'messages:forget': ['gateway', 'operator'],
  'messages:list': PEOPLE,
  'messages:recall': ['gateway'],
  'messages:record': ['gateway'],
  'messages:summarize': ['gateway'],
  'pairing:approve': ['operator'],
  'pairing:claim': ['gateway'],
  'pairing:list': PEOPLE,
  'pairing:request': ['gateway'],
  'pairing:standing': PEOPLE,
  'pairing:watch': ['gateway'],
  'pairing:withdraw': ['gateway', 'operator'],
  'quotas:get': ['gateway', ...PEOPLE],
  'quotas:report': ['gateway'],
  'quotas:set': ['operator'],
  'recordings:choices': ['gateway'],
  'recordings:uploadUrl': ['gateway', 'operator'],
  'recordings:url': [...PEOPLE, 'device'],
  'reminders:forDevice': ['gateway'],
  'reminders:list': PEOPLE,
  'reminders:record': ['gateway', 'operator'],
  'reminders:rung': PEOPLE,
  'replies:list': ['gateway', ...PEOPLE, 'device'],
  'replies:put': ['operator'],
  'replies:remove': ['operator'],
  'reports:add': ['gateway'],
  'reports:list': PEOPLE,
  'retention:get': PEOPLE,
  'retention:keepRecordings': ['operator'],
  'retention:set': ['operator'],
  'sessions:list': PEOPLE,
  'sessions:record': ['gateway'],
  'sessions:time': ['gateway'],
  'sessions:used': ['gateway'],
  'settings:forDevice': ['gateway'],
  'settings:get': PEOPLE,
  'settings:set': ['operator'],
  'settings:setVolume': ['gateway'],
  'turns:get': [...PEOPLE, 'device'],
  'turns:list': [...PEOPLE, 'device'],
  'turns:live': PEOPLE,
  'turns:page': PEOPLE,
  'turns:record': ['gateway'],
  'turns:remove': ['operator'],
  'turns:search': PEOPLE,
  'turns:standing': ['gateway'],
  'wake:elsewhere': ['gateway'],
  'wake:report': ['gateway'],
} as const satisfies Record<string, readonly Role[]>;
export type PublicFunction = keyof typeof PERMITTED;

export interface Principal {
  tenant: Tenant;
  /** Of the role `device`: the only device whose data it may read. */
  device?: Doc<'devices'>;
}

/** @throws `not_authenticated`, `not_permitted`; for a device `device_unknown`, `token_revoked`, `token_expired` */
export async function requireRole(ctx: QueryCtx, name: PublicFunction): Promise<Principal> {
  const identity = await ctx.auth.getUserIdentity();
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
