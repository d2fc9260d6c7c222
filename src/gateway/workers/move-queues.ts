/**
 * Records that wait in a folder which no process will have, because the gateway has fewer processes than before, or several for the first
 * time: they are moved to one that has a process.
 */
import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { diskError } from '../../core/files/disk-errors.ts';
import { processFolders, queueFolder, workerFolder } from '../../core/files/paths.ts';
import { openPrivateFolder } from '../../core/files/private-folder.ts';

/**
 * Call it before any of the processes is started.
 *
 * @param workers 0: one process, which has the state folder itself
 * @throws EarshotError `store_failed`, `store_full`
 */
export function moveQueues(state: string, workers: number): void {
  const kept = new Set(Array.from({ length: workers }, (_, i) => workerFolder(state, i + 1)));
  const to = workers === 0 ? state : workerFolder(state, 1);
  for (const folder of processFolders(state)) {
    if (folder !== to && !kept.has(folder)) moveRecords(queueFolder(folder), queueFolder(to));
  }
}

/** A record that is there under the same name stays where it is until the other one is in the cloud. */
function moveRecords(from: string, to: string): void {
  if (!existsSync(from)) return;
  try {
    const names = readdirSync(from);
    if (names.length === 0) return;
    openPrivateFolder(to);
    const isThere = new Set(readdirSync(to).map(keyOf));
    // A recording goes before its record, as it was written.
    for (const name of names.sort().reverse())
      if (!isThere.has(keyOf(name))) renameSync(join(from, name), join(to, name));
  } catch (cause) {
    throw diskError(from, cause);
  }
}

function keyOf(name: string): string {
  return name.replace(/\.(json|opus)(\.part)?$/, '');
}
