/**
 * Tokens, good and bad, for the issuer of convex/auth.config.ts.
 */
import { generateKeyPair, importJWK, type JWTPayload, SignJWT } from 'jose';
import { AUDIENCE, ISSUER } from '../convex/auth.config.ts';

/** Of tests alone: nothing else trusts it. */
const PRIVATE_KEY = {
  kty: 'EC',
  crv: 'P-256',
  x: 'OQZgqmy__mxBRCSE7CTzvTkQpPcWFlBb6rjFcmDg75U',
  y: 'TwElt_TCCSdyK8SX6JVZcpmzsMn1M0i8K1Vas-Kh3Ss',
  d: 'kBxq2NkT0sw0ST0EsGB983l03Wii-m_LwXIGvz2ym-4',
};

export interface TokenChanges {
  claims?: JWTPayload;
  issuer?: string;
  audience?: string;
  subject?: string;
  /** Seconds from now. */
  expiresInS?: number;
  key?: Awaited<ReturnType<typeof importJWK>>;
  algorithm?: string;
}

export async function token(changes: TokenChanges = {}): Promise<string> {
  const { claims = {}, issuer = ISSUER, audience = AUDIENCE, subject = 'somebody', expiresInS = 3_600 } = changes;
  const algorithm = changes.algorithm ?? 'ES256';
  const nowS = Math.floor(Date.now() / 1_000);
  return await new SignJWT(claims)
    .setProtectedHeader({ alg: algorithm, kid: 'conformance', typ: 'JWT' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(subject)
    .setIssuedAt(nowS - 60)
    .setExpirationTime(nowS + expiresInS)
    .sign(changes.key ?? (await importJWK(PRIVATE_KEY, 'ES256')));
}

/** With the name of our key, signed by another. */
export async function wronglySigned(): Promise<string> {
  const { privateKey } = await generateKeyPair('ES256');
  return await token({ key: privateKey });
}

/** A good token whose claims were changed afterwards. */
export async function forged(): Promise<string> {
  const [header, payload = '', signature] = (await token()).split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const changed = Buffer.from(JSON.stringify({ ...claims, sub: 'somebody else' })).toString('base64url');
  return [header, changed, signature].join('.');
}

export async function unsigned(): Promise<string> {
  const [, payload] = (await token()).split('.');
  const header = Buffer.from(JSON.stringify({ alg: 'none', kid: 'conformance', typ: 'JWT' })).toString('base64url');
  return `${header}.${payload}.`;
}

/** Signed by a secret that everybody has: the public key, taken as one. */
export async function signedByPublicKey(): Promise<string> {
  return await token({ algorithm: 'HS256', key: new TextEncoder().encode(JSON.stringify(PRIVATE_KEY.x)) });
}
