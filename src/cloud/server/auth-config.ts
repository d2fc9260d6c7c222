/**
 * Whose tokens the cloud accepts: the default export of convex/auth.config.ts.
 */
import * as v from 'valibot';
import { EarshotError } from '../../core/errors.ts';

/** Convex accepts an issuer without its protocol. */
const issuer = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.transform((text) => withoutSlash(/^https?:\/\//.test(text) ? text : `https://${text}`)),
);

const authConfig = v.object({
  providers: v.array(
    v.union([
      v.object({
        type: v.literal('customJwt'),
        issuer,
        /** `aud` of the tokens; undefined: any. */
        applicationID: v.optional(v.string()),
        /** Where the keys are: a `data:` URI or an address. */
        jwks: v.string(),
        algorithm: v.picklist(['RS256', 'ES256']),
      }),
      v.pipe(
        v.object({ domain: issuer, applicationID: v.string() }),
        v.transform(({ domain, applicationID }) => ({ type: 'oidc' as const, issuer: domain, applicationID })),
      ),
    ]),
  ),
});

export type AuthProvider = v.InferOutput<typeof authConfig>['providers'][number];

/**
 * @param config undefined: there is no auth.config.ts, and no token is accepted
 * @throws EarshotError `cloud_unavailable`
 */
export function providersOf(config: unknown): AuthProvider[] {
  if (config === undefined) return [];
  const result = v.safeParse(authConfig, config);
  if (result.success) return result.output.providers;
  const [issue] = result.issues;
  const place = v.getDotPath(issue) ?? 'its default export';
  throw new EarshotError(
    'cloud_unavailable',
    `convex/auth.config.ts is wrong at ${place}: ${issue.message}`,
    'See docs/embedded-cloud.md.',
  );
}

/** The provider of a token, by what the token says of itself: nothing is believed before it is verified. */
export function providerFor(
  providers: readonly AuthProvider[],
  { iss, aud }: { iss: string; aud: readonly string[] },
): AuthProvider | undefined {
  const wanted = withoutSlash(/^https?:\/\//.test(iss) ? iss : `https://${iss}`);
  return providers.find(
    (each) => each.issuer === wanted && (each.applicationID === undefined || aud.includes(each.applicationID)),
  );
}

function withoutSlash(text: string): string {
  return text.replace(/\/+$/, '');
}
