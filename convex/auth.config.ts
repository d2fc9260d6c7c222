/**
 * Whose tokens this deployment accepts: those that a gateway's key signed. EARSHOT_JWKS has the public half of that key as a
 * `data:` URI, so the deployment fetches nothing.
 */
import type { AuthConfig } from 'convex/server';
import { TOKEN_AUDIENCE, TOKEN_ISSUER } from '../src/protocol/identity.ts';

export default {
  providers: [
    {
      type: 'customJwt',
      issuer: TOKEN_ISSUER,
      applicationID: TOKEN_AUDIENCE,
      algorithm: 'ES256',
      jwks: process.env.EARSHOT_JWKS ?? '',
    },
  ],
} satisfies AuthConfig;
