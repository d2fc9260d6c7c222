/**
 * Makes the tokens with which gateway, operator and devices show the cloud who they are.
 */
import { SignJWT } from 'jose';
import { TOKEN_AUDIENCE, TOKEN_ISSUER, type TokenClaims } from '../../protocol/identity.ts';
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

function seconds(ms: number): number {
  return Math.floor(ms / 1_000);
}
