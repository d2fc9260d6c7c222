/**
 * What a function sees of a verified token: `ctx.auth.getUserIdentity()`, with the fields that Convex gives it.
 */
import type { UserIdentity } from 'convex/server';
import type { JWTPayload } from 'jose';

/** OpenID Connect's claims, and Convex's names for them. */
const STANDARD_CLAIMS: Record<string, string> = {
  name: 'name',
  given_name: 'givenName',
  family_name: 'familyName',
  nickname: 'nickname',
  preferred_username: 'preferredUsername',
  profile: 'profileUrl',
  picture: 'pictureUrl',
  website: 'websiteUrl',
  email: 'email',
  email_verified: 'emailVerified',
  gender: 'gender',
  birthdate: 'birthday',
  zoneinfo: 'timezone',
  locale: 'language',
  phone_number: 'phoneNumber',
  phone_number_verified: 'phoneNumberVerified',
  address: 'address',
  updated_at: 'updatedAt',
};
/** About the token itself: with each new token they are others, and every query would run again. */
const OF_THE_TOKEN = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'fva'];
/** The same for an OpenID Connect token. */
const OF_THE_SIGN_IN = ['auth_time', 'nonce', 'acr', 'amr', 'azp', 'at_hash', 'c_hash'];

export type VerifiedClaims = JWTPayload & { iss: string; sub: string };

/** Of a custom JWT: all claims by their names; those of an object as `object.claim`. */
export function identityOfCustomJwt(claims: VerifiedClaims): UserIdentity {
  return { ...flattened(without(claims, OF_THE_TOKEN)), ...basicsOf(claims) } as UserIdentity;
}

export function identityOfOidc(claims: VerifiedClaims): UserIdentity {
  const identity: Record<string, unknown> = {};
  for (const [claim, value] of Object.entries(without(claims, [...OF_THE_TOKEN, ...OF_THE_SIGN_IN]))) {
    const name = STANDARD_CLAIMS[claim];
    identity[name ?? claim] = name === undefined ? value : standardValue(claim, value);
  }
  return { ...identity, ...basicsOf(claims) } as UserIdentity;
}

function basicsOf({ iss, sub }: VerifiedClaims) {
  return { tokenIdentifier: `${iss}|${sub}`, issuer: iss, subject: sub };
}

function standardValue(claim: string, value: unknown): unknown {
  if (claim === 'updated_at' && typeof value === 'number') return new Date(value * 1_000).toISOString();
  const isStructured = claim === 'address' && typeof value === 'object' && value !== null && 'formatted' in value;
  return isStructured ? value.formatted : value;
}

function without(claims: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !names.includes(name)));
}

function flattened(claims: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(claims).flatMap(([name, value]) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[name, value]];
      return Object.entries(flattened(value as Record<string, unknown>)).map(([inner, each]) => [
        `${name}.${inner}`,
        each,
      ]);
    }),
  );
}
