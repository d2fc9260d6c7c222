/**
 * The security headers of all servers. Every answer has those of data, which a browser neither runs nor shows in a frame; a page
 * replaces the policy by its own. There is no `Strict-Transport-Security`: it would count for every port of the host.
 */

/** What every answer has: of gateway, embedded cloud, inspector, local API. */
export const DATA_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'x-content-type-options': 'nosniff',
  // For browsers that do not know frame-ancestors.
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

/** All that a page needs is on its own server. */
const PAGE_POLICY = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data: blob:",
  'connect-src': "'self'",
  'media-src': "'self' blob:",
  'worker-src': "'self'",
  'manifest-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
};

/** Of all that could ask a person for something; the microphone is allowed where a page needs it. */
const PERMISSIONS = 'camera=(), geolocation=(), payment=(), usb=()';

export interface PageNeeds {
  microphone: boolean;
  /** Its script compiles WebAssembly. */
  wasm: boolean;
  /** Its script never makes code or HTML of text, except by a policy of its own (Trusted Types). */
  trustedTypes: boolean;
  /** It shows another page of its server in a frame, or is shown in one by another. Default: neither. */
  framing?: 'shows' | 'is shown';
}

/** For a page and all its files. */
export function pageHeaders({ microphone, wasm, trustedTypes, framing }: PageNeeds): Record<string, string> {
  const policy: Record<string, string> = {
    ...PAGE_POLICY,
    ...(wasm && { 'script-src': "'self' 'wasm-unsafe-eval'" }),
    ...(framing === 'shows' && { 'frame-src': "'self'" }),
    ...(framing === 'is shown' && { 'frame-ancestors': "'self'" }),
    ...(trustedTypes && { 'require-trusted-types-for': "'script'" }),
  };
  return {
    'content-security-policy': Object.entries(policy)
      .map((each) => each.join(' '))
      .join('; '),
    ...(framing === 'is shown' && { 'x-frame-options': 'SAMEORIGIN' }),
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': `microphone=(${microphone ? 'self' : ''}), ${PERMISSIONS}`,
  };
}
