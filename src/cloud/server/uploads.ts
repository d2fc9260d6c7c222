/**
 * Addresses at which one file may be uploaded, once, for an hour.
 */
import { randomBytes } from 'node:crypto';

const UPLOAD_LIFETIME_MS = 60 * 60_000;
/** Uploads that may be announced and not made; beyond that the oldest address is worth nothing any more. */
const MAX_UPLOADS = 1_000;

export interface Uploads {
  /** @returns what the address has to contain */
  announce(): string;
  /** False: it was not announced, is too old, or was used. */
  take(token: string): boolean;
  /** The upload broke off: the address may be used again. */
  giveBack(token: string): void;
}

export function createUploads(now: () => number): Uploads {
  const expiry = new Map<string, number>();
  const taken = new Map<string, number>();
  return {
    announce() {
      const token = randomBytes(32).toString('base64url');
      expiry.set(token, now() + UPLOAD_LIFETIME_MS);
      const oldest = expiry.size > MAX_UPLOADS ? expiry.keys().next().value : undefined;
      if (oldest !== undefined) expiry.delete(oldest);
      return token;
    },
    take(token) {
      const until = expiry.get(token) ?? 0;
      if (until <= now()) return false;
      expiry.delete(token);
      taken.set(token, until);
      if (taken.size > MAX_UPLOADS) taken.delete(taken.keys().next().value ?? '');
      return true;
    },
    giveBack(token) {
      const until = taken.get(token);
      if (until !== undefined) expiry.set(token, until);
      taken.delete(token);
    },
  };
}
