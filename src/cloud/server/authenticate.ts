/**
 * On whose behalf a client asks: nobody, a user with a token, or the operator with the admin key, who may also act as a user.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { UserIdentity } from 'convex/server';
import type { JSONValue } from 'convex/values';
import type { Caller } from '../runtime/runtime.ts';
import { canonicalJson } from './canonical-json.ts';
import { TokenError, type VerifyToken } from './verify-token.ts';

/** Tokens whose verification is kept, so that a client that connects again costs none; beyond it the oldest is forgotten. */
const MAX_KEPT_TOKENS = 2_000;

export type Credential =
  | { tokenType: 'None' }
  | { tokenType: 'User'; value: string }
  | { tokenType: 'Admin'; value: string; impersonating?: JSONValue | undefined };

/** Who asks. */
export interface ClientIdentity {
  caller: Caller;
  /** Equal for equal callers. */
  key: string;
  /** ms since 1970; Infinity: never. */
  expiresAtMs: number;
  /** It has shown a token or a key. */
  isProven: boolean;
}

export const NOBODY: ClientIdentity = {
  caller: { identity: null },
  key: '',
  expiresAtMs: Number.POSITIVE_INFINITY,
  isProven: false,
};

export interface AuthenticatorOptions {
  verify: VerifyToken;
  /** Empty: there is none, and every admin key is refused. */
  adminKey: string;
  now: () => number;
}

export interface Authenticator {
  /** @throws TokenError */
  of(credential: Credential): Promise<ClientIdentity>;
  /** Of the header `Authorization`. @throws TokenError */
  ofHeader(authorization: string | undefined): Promise<ClientIdentity>;
}

export function createAuthenticator({ verify, adminKey, now }: AuthenticatorOptions): Authenticator {
  const kept = new Map<string, Promise<ClientIdentity>>();
  const wanted = digest(adminKey);

  function ofToken(token: string): Promise<ClientIdentity> {
    const known = kept.get(token);
    if (known) return known.then((client) => checkExpiry(client, now()));
    const client = verify(token).then(({ identity, expiresAtMs }) => ({
      caller: { identity },
      key: canonicalJson(identity as unknown as JSONValue),
      expiresAtMs,
      isProven: true,
    }));
    kept.set(token, client);
    const oldest = kept.size > MAX_KEPT_TOKENS ? kept.keys().next().value : undefined;
    if (oldest !== undefined) kept.delete(oldest);
    client.catch(() => kept.delete(token));
    return client;
  }

  async function of(credential: Credential): Promise<ClientIdentity> {
    if (credential.tokenType === 'None') return NOBODY;
    if (credential.tokenType === 'User') return await ofToken(credential.value);
    if (adminKey === '' || !timingSafeEqual(digest(credential.value), wanted)) {
      throw new TokenError('BadDeployKey', 'The provided deploy key was invalid for deployment.');
    }
    const identity = credential.impersonating === undefined ? null : impersonated(credential.impersonating);
    return {
      caller: { identity, isAdmin: true },
      key: `admin ${identity ? canonicalJson(identity as unknown as JSONValue) : ''}`,
      expiresAtMs: Number.POSITIVE_INFINITY,
      isProven: true,
    };
  }

  return {
    of,
    async ofHeader(authorization) {
      if (authorization === undefined) return NOBODY;
      const [, scheme, value = ''] = /^(convex|bearer) +(.*)$/i.exec(authorization) ?? [];
      if (scheme === undefined) throw new TokenError('InvalidHeaderFailure', 'Invalid authentication header');
      if (scheme.toLowerCase() === 'bearer') return await of({ tokenType: 'User', value: value.trim() });
      // `Convex KEY` or `Convex KEY:IDENTITY`, the identity as JSON in Base64.
      const [key = '', identity] = value.trim().split(':');
      if (identity === undefined) return await of({ tokenType: 'Admin', value: key });
      return await of({ tokenType: 'Admin', value: key, impersonating: parseIdentity(identity) });
    },
  };
}

/** What was kept may have expired meanwhile. @throws TokenError */
export function checkExpiry(client: ClientIdentity, nowMs: number): ClientIdentity {
  if (nowMs >= client.expiresAtMs) throw new TokenError('TokenExpired', 'Convex token identity expired');
  return client;
}

function parseIdentity(base64: string): JSONValue {
  try {
    return JSON.parse(Buffer.from(base64, 'base64').toString());
  } catch {
    throw new TokenError('InvalidAuthHeader', 'The identity to act as is not JSON in Base64.');
  }
}

function impersonated(attributes: JSONValue): UserIdentity {
  if (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes)) throw noIdentity();
  const { customClaims, ...own } = attributes;
  const claims = typeof customClaims === 'object' && !Array.isArray(customClaims) ? customClaims : null;
  const { issuer, subject } = own;
  const tokenIdentifier = own.tokenIdentifier ?? (issuer && subject ? `${issuer}|${subject}` : undefined);
  if (typeof tokenIdentifier !== 'string') throw noIdentity();
  return { ...claims, ...own, tokenIdentifier } as UserIdentity;
}

function noIdentity(): TokenError {
  return new TokenError('InvalidAuthHeader', 'Either "tokenIdentifier" or "issuer" and "subject" must be set');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
