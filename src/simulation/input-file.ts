/** Files that a command reads whole. */
import { readFileSync } from 'node:fs';
import { EarshotError, systemCode } from '../errors.ts';

/** @throws EarshotError `file_not_found`, `file_unreadable` */
export function readInputFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new EarshotError('file_not_found', `There is no file ${path}`, 'Check its name.', { cause });
    }
    const reason = code === 'EISDIR' ? 'it is a directory' : code === 'EACCES' ? 'permission denied' : String(code);
    const hint = 'Give a file that this user may read.';
    throw new EarshotError('file_unreadable', `${path} cannot be read: ${reason}`, hint, { cause });
  }
}
