/**
 * A secret that a program makes once and keeps: 256 random bits in a file that only its user can read.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { systemCode } from '../errors.ts';
import { diskError } from './disk-errors.ts';
import { replacePrivateFile } from './private-files.ts';

const BYTES = 32;

/**
 * The secret in this file. A file that is missing or empty gets a new one, which is on the disk (fsync) when this returns.
 *
 * @throws EarshotError `store_failed`, `store_full`
 */
export function keptSecret(path: string, encoding: 'base64url' | 'hex'): string {
  const kept = read(path);
  if (kept !== '') return kept;
  const made = randomBytes(BYTES).toString(encoding);
  replacePrivateFile(path, `${made}\n`, 'all');
  return made;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return '';
    throw diskError(path, cause);
  }
}
