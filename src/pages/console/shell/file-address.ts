/**
 * Where the page finds the cloud's files.
 */

/** Their path is the same in every cloud. Their origin is the one by which the cloud knows itself: a browser may not reach it. */
const STORED_FILE = /^https?:\/\/[^/?#]+(\/api\/storage\/.+)$/;

/** The address of a stored file as this page may ask for it: from the gateway, which passes it on from the cloud. */
export function fileAddressOf(url: string): string {
  const path = STORED_FILE.exec(url)?.[1];
  return path === undefined ? url : `${location.origin}${path}`;
}
