/**
 * The token of this device: given by the gateway when it was paired, readable by its user alone.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EarshotError, systemCode } from '../errors.ts';

const pathIn = (state: string) => join(state, 'token');

/** @throws EarshotError `file_unreadable` */
export function readDeviceToken(state: string): string | undefined {
  try {
    return readFileSync(pathIn(state), 'utf8').trim() || undefined;
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    const hint = 'It belongs to the user who paired the device.';
    throw new EarshotError('file_unreadable', `${pathIn(state)} cannot be read`, hint, { cause });
  }
}

/** @throws EarshotError `file_unwritable` */
export function saveDeviceToken(state: string, token: string): void {
  const path = pathIn(state);
  try {
    mkdirSync(state, { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.part`, `${token}\n`, { mode: 0o600 });
    renameSync(`${path}.part`, path);
  } catch (cause) {
    throw new EarshotError('file_unwritable', `${path} cannot be written`, 'Check --state.', { cause });
  }
}
