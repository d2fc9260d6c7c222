/** Work on the folder of another user, by root: as the unit's user would do it, so that no file becomes root's. */
import { statSync } from 'node:fs';

/** Runs `work`, which must not wait, as the owner of the folder where root calls it; else as the user that this is. */
export function asOwnerOf<T>(folder: string, work: () => T): T {
  const owner = statSync(folder, { throwIfNoEntry: false });
  if (process.geteuid?.() !== 0 || !owner || owner.uid === 0) return work();
  const group = process.getegid?.() ?? 0;
  process.setegid?.(owner.gid);
  process.seteuid?.(owner.uid);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(group);
  }
}
