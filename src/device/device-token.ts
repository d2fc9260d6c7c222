/**
 * The token of this device: given by the gateway when it was paired, readable by its user alone.
 */
import { readFileSync } from 'node:fs';
import { EarshotError, systemCode } from '../errors.ts';
import { diskError, openPrivateFolder, replacePrivateFile } from '../private-files.ts';
import { tokenFile } from '../state/paths.ts';

/** @throws EarshotError `file_unreadable`, `store_failed` */
export function readDeviceToken(state: string): string | undefined {
  try {
    return readFileSync(tokenFile(state), 'utf8').trim() || undefined;
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    if (systemCode(cause) !== 'EACCES') throw diskError(tokenFile(state), cause);
    const hint = 'It belongs to the user who paired the device.';
    throw new EarshotError('file_unreadable', `${tokenFile(state)} cannot be read`, hint, { cause });
  }
}

/** @throws EarshotError `store_failed`, `store_full` */
export function saveDeviceToken(state: string, token: string): void {
  openPrivateFolder(state);
  replacePrivateFile(tokenFile(state), `${token}\n`);
}
