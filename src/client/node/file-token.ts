/** The token of a program in Node: a file that only its user can read. */
import { rmSync } from 'node:fs';
import { diskError } from '../../core/files/disk-errors.ts';
import { readTokenFile, writeTokenFile } from '../../device/device-token.ts';
import type { TokenStorage } from '../client.ts';

/** For `createNodeClient({ token })`. `read` throws EarshotError `file_unreadable`, `store_failed`; `write` `store_failed`, `store_full`. */
export function fileToken(path: string): TokenStorage {
  return {
    read: () => readTokenFile(path),
    write(token) {
      if (token === undefined) remove(path);
      else writeTokenFile(path, token);
    },
  };
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (cause) {
    throw diskError(path, cause);
  }
}
