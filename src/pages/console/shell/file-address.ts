/**
 * Where the page finds the cloud's files.
 */
import type { SessionDetails } from './session.ts';

/** The address of a stored file as this page may ask for it: from the gateway, which passes it on from the cloud. */
export function fileAddressOf(url: string, { cloudUrl }: SessionDetails): string {
  return url.startsWith(cloudUrl) ? `${location.origin}${url.slice(cloudUrl.length)}` : url;
}
