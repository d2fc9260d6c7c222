/**
 * Reads the turns that a gateway has recorded on its disk.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { recordsFolder } from '../../src/core/files/paths.ts';
import type { StoredTurn } from '../../src/core/turn-store/turn-file.ts';
import { openInlineTurnStore } from './inline-turn-store.ts';

/**
 * The turns in the state folder of a gateway, of all devices. While a gateway runs, its limits delete turns of a device that has too many:
 * only wanted ones are read.
 */
export function recordedTurns(state: string, isWanted: (id: string) => boolean = () => true): StoredTurn[] {
  const records = recordsFolder(state);
  const folders = existsSync(records) ? readdirSync(records) : [];
  return folders.flatMap((folder) => {
    const store = openInlineTurnStore(join(records, folder), { limit: 10_000, onDropped() {}, onDamaged() {} });
    return store
      .ids()
      .filter(isWanted)
      .flatMap((id) => store.read(id) ?? []);
  });
}
