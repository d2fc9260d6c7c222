/**
 * Makes the tokens with which gateway, operator and devices show the cloud who they are, and reads those that were made with its key.
 */
import { createPublicKey } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import { ROLES, TOKEN_AUDIENCE, TOKEN_ISSUER, type TokenClaims } from '../../protocol/identity.ts';
import type { SigningKey } from './signing-key.ts';

/** A token that is stolen is useful for so long. */
export const TOKEN_LIFETIME_MS = 15 * 60_000;
/** A token is dated back by this much: the deployment's clock may be behind. */
export const TOKEN_BACKDATE_MS = 60_000;

/** @param nowMs time of day, ms since 1970 */
export async function signToken(key: SigningKey, claims: TokenClaims, nowMs: number): Promise<string> {
  const { role, tenant, subject, device } = claims;
  return await new SignJWT({ role, tenant, ...(device !== undefined && { device }) })
    .setProtectedHeader({ alg: 'ES256', kid: key.id, typ: 'JWT' })
    .setIssuer(TOKEN_ISSUER)
    .setAudience(TOKEN_AUDIENCE)
    .setSubject(subject)
    .setIssuedAt(seconds(nowMs - TOKEN_BACKDATE_MS))
    .setExpirationTime(seconds(nowMs + TOKEN_LIFETIME_MS))
    .sign(key.privateKey);
}

/** What a token says; undefined: it was not made with this key, or is not valid at this time. @param nowMs as for signToken */
export async function readToken(key: SigningKey, token: string, nowMs: number): Promise<TokenClaims | undefined> {
  const expected = { issuer: TOKEN_ISSUER, audience: TOKEN_AUDIENCE, algorithms: ['ES256'] };
  const options = { ...expected, requiredClaims: ['exp', 'sub'], currentDate: new Date(nowMs) };
  try {
    const { payload } = await jwtVerify(token, createPublicKey(key.privateKey), options);
    const role = ROLES.find((each) => each === payload.role);
    const { tenant, device, sub: subject = '' } = payload;
    if (!role || typeof tenant !== 'string') return undefined;
    return { role, tenant, subject, ...(typeof device === 'string' && { device }) };
  } catch {
    return undefined; // Whoever sent it may have made it up.
  }
}

function seconds(ms: number): number {
  return Math.floor(ms / 1_000);
}
