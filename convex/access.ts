/**
 * Authentication: the gateway (and the operator) by its key, a device by its token. Every public function requires one of them.
 */
import { v } from 'convex/values';
import type { Doc } from './_generated/dataModel.d.ts';
import type { QueryCtx } from './_generated/server.js';
import { refusal } from './errors.ts';
import { deviceByTokenHash } from './lookup.ts';

export const gatewayKey = v.string();
/** For queries that a device may make about itself. */
export const credential = v.union(v.object({ gatewayKey: v.string() }), v.object({ deviceToken: v.string() }));

export async function requireGateway(key: string): Promise<void> {
  const wanted = process.env.EARSHOT_GATEWAY_KEY;
  if (!wanted) {
    throw refusal('gateway_key_missing', 'This deployment has no EARSHOT_GATEWAY_KEY. Set it with npx convex env set.');
  }
  if (!equalDigests(await sha256(key), await sha256(wanted))) {
    throw refusal('gateway_key_wrong', 'The gateway key is wrong.');
  }
}

/** The device of a token, or undefined for the gateway, which may access all devices. */
export async function requireCaller(
  ctx: QueryCtx,
  caller: { gatewayKey: string } | { deviceToken: string },
): Promise<Doc<'devices'> | undefined> {
  if ('gatewayKey' in caller) {
    await requireGateway(caller.gatewayKey);
    return undefined;
  }
  const device = await deviceByTokenHash(ctx, await hashToken(caller.deviceToken));
  if (!device) throw refusal('token_unknown', 'No device has this token.');
  if (device.revokedAt !== undefined) throw refusal('token_revoked', `The token of ${device.name} was revoked.`);
  if (hasExpired(device)) throw refusal('token_expired', `The token of ${device.name} has expired.`);
  return device;
}

export function hasExpired({ tokenExpiresAt }: Doc<'devices'>): boolean {
  return tokenExpiresAt !== undefined && tokenExpiresAt <= Date.now();
}

/** A device may access only its own data. */
export function requireOwner(caller: Doc<'devices'> | undefined, owner: Doc<'devices'>['_id']): void {
  if (caller && caller._id !== owner) throw refusal('other_device', 'This belongs to another device.');
}

/** A token is stored as its SHA-256 in hex. It has 256 random bits, so it needs no salt. */
export async function hashToken(token: string): Promise<string> {
  return Array.from(await sha256(token), (byte) => byte.toString(16).padStart(2, '0')).join('');
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
