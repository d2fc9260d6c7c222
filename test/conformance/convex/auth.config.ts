/**
 * Who may issue tokens to the suite: one issuer, whose public key is part of this file. The private key is in ../tokens.ts.
 */
import type { AuthConfig } from 'convex/server';

export const ISSUER = 'https://issuer.example';
export const AUDIENCE = 'conformance';

const key = {
  kty: 'EC',
  crv: 'P-256',
  x: 'OQZgqmy__mxBRCSE7CTzvTkQpPcWFlBb6rjFcmDg75U',
  y: 'TwElt_TCCSdyK8SX6JVZcpmzsMn1M0i8K1Vas-Kh3Ss',
  kid: 'conformance',
  alg: 'ES256',
  use: 'sig',
};

export default {
  providers: [
    {
      type: 'customJwt',
      issuer: ISSUER,
      applicationID: AUDIENCE,
      algorithm: 'ES256',
      jwks: `data:text/plain;charset=utf-8;base64,${btoa(JSON.stringify({ keys: [key] }))}`,
    },
  ],
} satisfies AuthConfig;
