/**
 * Verifies the tokens (JWT) of the providers in convex/auth.config.ts: signature by the algorithm that the provider has, issuer, audience, times.
 */

import type { UserIdentity } from 'convex/server';
import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import { messageOf } from '../../core/errors.ts';
import { type AuthProvider, providerFor } from './auth-config.ts';
import { identityOfCustomJwt, identityOfOidc, type VerifiedClaims } from './identity.ts';
import { createTokenKeys } from './token-keys.ts';

/** By which the clocks of whoever issues tokens and of this machine may differ, as in Convex. */
const CLOCK_TOLERANCE_S = 5;
/** What Convex accepts of a provider of OpenID Connect. */
const OIDC_ALGORITHMS = ['RS256', 'EdDSA'];
/** A client sends a token with every connection, and a longer one is none of ours. */
const MAX_TOKEN_CHARACTERS = 16_384;

export interface VerifiedToken {
  identity: UserIdentity;
  /** ms since 1970 */
  expiresAtMs: number;
}

/** Why a token is refused. `code`: as a real backend names it. */
export class TokenError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export type VerifyToken = (token: string) => Promise<VerifiedToken>;

/** @returns a function that throws TokenError for a token that is not accepted */
export function createTokenVerifier(providers: readonly AuthProvider[], now: () => number): VerifyToken {
  const keysOf = createTokenKeys();

  return async (token) => {
    const provider = chooseProvider(providers, token);
    const { applicationID } = provider;
    const isOidc = provider.type === 'oidc';
    let claims: JWTPayload;
    try {
      ({ payload: claims } = await jwtVerify(token, await keysOf(provider), {
        algorithms: isOidc ? OIDC_ALGORITHMS : [provider.algorithm],
        ...(applicationID !== undefined && { audience: applicationID }),
        clockTolerance: CLOCK_TOLERANCE_S,
        currentDate: new Date(now()),
        requiredClaims: ['iss', 'sub', 'exp'],
      }));
    } catch (error) {
      throw refusalOf(error);
    }
    const verified = claims as VerifiedClaims & { exp: number };
    return {
      identity: isOidc ? identityOfOidc(verified) : identityOfCustomJwt(verified),
      expiresAtMs: verified.exp * 1_000,
    };
  };
}

function chooseProvider(providers: readonly AuthProvider[], token: string): AuthProvider {
  const { iss, aud, kid } = readUnverified(token);
  if (typeof iss !== 'string')
    throw new TokenError('InvalidAuthHeader', "Missing issuer claim ('iss') in JWT payload.");
  const provider = providerFor(providers, { iss, aud: aud === undefined ? [] : [aud].flat() });
  if (!provider) {
    throw new TokenError(
      'NoAuthProvider',
      'No auth provider found matching the given token. Check the issuer and the audience of the token, and convex/auth.config.ts.',
    );
  }
  // A real backend finds the key by it.
  if (kid === undefined) {
    throw new TokenError('InvalidAuthHeader', "Could not decode token. JWT may be missing a 'kid' (key ID) header.");
  }
  return provider;
}

function readUnverified(token: string): JWTPayload & { kid?: string } {
  try {
    if (token.length > MAX_TOKEN_CHARACTERS) throw new Error('it is too long');
    const { kid } = decodeProtectedHeader(token);
    return { ...decodeJwt(token), ...(kid !== undefined && { kid }) };
  } catch (error) {
    throw new TokenError('InvalidAuthHeader', `Could not parse JWT payload: ${messageOf(error)}`);
  }
}

function refusalOf(error: unknown): TokenError {
  if (error instanceof errors.JWTExpired)
    return new TokenError('InvalidAuthHeader', 'Could not validate token: Token expired');
  return new TokenError('InvalidAuthHeader', `Could not validate token: ${messageOf(error)}`);
}
