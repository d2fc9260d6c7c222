/**
 * The token of this device. The gateway issues it at the pairing; only the user of the daemon can read it.
 */
import { readFileSync, rmSync } from 'node:fs';
import { EarshotError, systemCode } from '../core/errors.ts';
import { diskError } from '../core/files/disk-errors.ts';
import { tokenFile } from '../core/files/paths.ts';
import { replacePrivateFile } from '../core/files/private-files.ts';
import { openPrivateFolder } from '../core/files/private-folder.ts';

/** The protocol's format. After a power cut the file may contain anything else. */
const TOKEN = /^[\w-]{32,256}$/;

/** Undefined for a device that is not paired. @throws EarshotError `file_unreadable`, `store_failed` */
export function readDeviceToken(state: string): string | undefined {
  return readTokenFile(tokenFile(state));
}

/** @throws EarshotError `store_failed`, `store_full` */
export function saveDeviceToken(state: string, token: string): void {
  openPrivateFolder(state);
  writeTokenFile(tokenFile(state), token);
}

/** Undefined: there is no such file. @throws EarshotError `file_unreadable`, `store_failed` */
export function readTokenFile(path: string): string | undefined {
  try {
    const token = readFileSync(path, 'utf8').trim();
    if (TOKEN.test(token)) return token;
    const hint = 'Delete it and pair the device again.';
    throw new EarshotError('file_unreadable', `${path} is damaged: it does not contain a token`, hint);
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    if (cause instanceof EarshotError) throw cause;
    if (systemCode(cause) !== 'EACCES') throw diskError(path, cause);
    const hint = 'It belongs to the user who paired the device.';
    throw new EarshotError('file_unreadable', `${path} cannot be read`, hint, { cause });
  }
}

/** Only this user can read it. @throws EarshotError `store_failed`, `store_full` */
export function writeTokenFile(path: string, token: string): void {
  // The gateway gives it once: without it the device has to be paired again.
  replacePrivateFile(path, `${token}\n`, 'all');
}

/** The device is to be paired again. @throws EarshotError `store_failed` */
export function forgetDeviceToken(state: string): void {
  try {
    rmSync(tokenFile(state), { force: true });
  } catch (cause) {
    throw diskError(tokenFile(state), cause);
  }
}
