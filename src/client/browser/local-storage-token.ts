/** The token of a page: in the browser's `localStorage`, which all pages of its origin share. */
import { EarshotError } from '../../core/errors.ts';
import type { TokenStorage } from '../client.ts';

/** The protocol's format: a page, or a person, may have written anything else. */
const TOKEN = /^[\w-]{32,256}$/;

/** For `createClient({ token })`. Where the browser stores nothing for this page, it is paired each time. `write` throws EarshotError `store_failed`. */
export function localStorageToken(name: string): TokenStorage {
  const key = `earshot token of ${name}`;
  return {
    read() {
      try {
        const token = localStorage.getItem(key) ?? '';
        return TOKEN.test(token) ? token : undefined;
      } catch {
        // Forbidden by the browser: `write` says so.
        return undefined;
      }
    },
    write(token) {
      try {
        if (token === undefined) localStorage.removeItem(key);
        else localStorage.setItem(key, token);
      } catch (cause) {
        const hint = 'Allow this page to store data, or pair it again the next time.';
        throw new EarshotError('store_failed', 'The browser cannot store the pairing of this page', hint, { cause });
      }
    },
  };
}
