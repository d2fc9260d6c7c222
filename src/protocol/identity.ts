/**
 * Who calls the cloud's functions: a signed token (JWT, ES256) says it, and the deployment verifies it before a function runs
 * (convex/auth.config.ts). Gateway and operator's commands make tokens (src/core/identity), convex/access.ts reads them.
 */

/** `iss` of every token. A name only: nothing is fetched from it. */
export const TOKEN_ISSUER = 'https://earshot.invalid';
/** `aud` of every token, and the application id in convex/auth.config.ts. */
export const TOKEN_AUDIENCE = 'earshot';

/** What a caller may do is in convex/access.ts. */
export const ROLES = ['gateway', 'operator', 'viewer', 'device'] as const;
export type Role = (typeof ROLES)[number];

/** The tenant of a gateway and its operator, unless they are given another. */
export const DEFAULT_TENANT = 'default';

/** What a token says, besides when it was issued and when it expires. */
export interface TokenClaims {
  role: Role;
  /** Whose devices and conversations. Tenants never see each other's data. */
  tenant: string;
  /** For the deployment's logs: which gateway, which operator. */
  subject: string;
  /** Of the role `device`: its name, unique within the tenant. */
  device?: string;
}
