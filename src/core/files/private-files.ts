/**
 * Files that only their user can read (0600): recordings, tokens, addresses with keys. All files that outlive a process
 * are made here.
 */
import { type AtomicWriteOptions, replaceFileSync } from './atomic-write.ts';
import { PRIVATE_FILE_MODE } from './disk.ts';
import { withDiskErrors } from './disk-errors.ts';

export const PRIVATE_FILE = { mode: PRIVATE_FILE_MODE } as const;

/**
 * Replaces a file atomically (atomic-write.ts).
 *
 * @throws EarshotError `store_failed`, `store_full`
 */
export function replacePrivateFile(
  path: string,
  content: string | Uint8Array,
  durable: AtomicWriteOptions['durable'] = 'nothing',
): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  withDiskErrors(path, () => replaceFileSync(path, bytes, { durable }));
}
