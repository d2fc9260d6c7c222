/** The turn store on a disk that is accessed at once: nothing has to be awaited. */
import {
  openTurnStore,
  type SetAside,
  type TurnStore,
  type TurnStoreOptions,
} from '../../actors/offline/turn-store.ts';
import type { TurnWriter } from '../../actors/offline/turn-writer.ts';
import { inlineDisk } from '../../src/core/files/node-disk.ts';
import type { StoredTurn, TurnMeta } from '../../src/core/turn-store/turn-file.ts';

interface InlineTurnWriter extends TurnWriter {
  append(packet: Uint8Array): void;
  close(): void;
}

export interface InlineTurnStore extends TurnStore {
  create(meta: TurnMeta): InlineTurnWriter;
  ids(): string[];
  read(id: string): StoredTurn | undefined;
  remove(id: string): void;
  setAside(id: string): SetAside;
}

export function openInlineTurnStore(folder: string, options: TurnStoreOptions): InlineTurnStore {
  return openTurnStore(inlineDisk, folder, options) as InlineTurnStore;
}
