/** Why a file that was named cannot be read, in words and with what to do. */
import { EarshotError, systemCode } from './errors.ts';

/** `kind`: what the file should be, like "WAV file". */
export function inputError(path: string, cause: unknown, kind = 'file'): EarshotError {
  const code = systemCode(cause);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new EarshotError('file_not_found', `There is no file ${path}`, 'Check its name.', { cause });
  }
  const denied = code === 'EACCES' || code === 'EPERM';
  const reason = code === 'EISDIR' ? 'it is a directory' : denied ? 'permission denied' : String(code);
  const hint = `Give a ${kind} that this user may read.`;
  return new EarshotError('file_unreadable', `${path} cannot be read: ${reason}`, hint, { cause });
}
