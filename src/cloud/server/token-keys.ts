/**
 * The keys of a provider of tokens: from a `data:` URI, from an address, or from the address that OpenID Connect's discovery names.
 */
import { createLocalJWKSet, createRemoteJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import * as v from 'valibot';
import type { AuthProvider } from './auth-config.ts';

const FETCH_TIMEOUT_MS = 5_000;
const discovered = v.object({ jwks_uri: v.string() });

/** Keys by provider; fetched when they are first needed, and again when a token names one that is not there. */
export function createTokenKeys() {
  const known = new Map<AuthProvider, Promise<JWTVerifyGetKey>>();
  return (provider: AuthProvider): Promise<JWTVerifyGetKey> => {
    const keys = known.get(provider) ?? keysOf(provider);
    known.set(provider, keys);
    // The next token tries again.
    keys.catch(() => known.delete(provider));
    return keys;
  };
}

async function keysOf(provider: AuthProvider): Promise<JWTVerifyGetKey> {
  const address = provider.type === 'customJwt' ? provider.jwks : await discover(provider.issuer);
  if (address.startsWith('data:')) return createLocalJWKSet(await readDataUri(address));
  return createRemoteJWKSet(new URL(address), { timeoutDuration: FETCH_TIMEOUT_MS });
}

async function readDataUri(uri: string): Promise<JSONWebKeySet> {
  return (await (await fetch(uri)).json()) as JSONWebKeySet;
}

async function discover(issuer: string): Promise<string> {
  const address = `${issuer}/.well-known/openid-configuration`;
  const response = await fetch(address, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`HTTP ${response.status} from ${address}`);
  return v.parse(discovered, await response.json()).jwks_uri;
}
