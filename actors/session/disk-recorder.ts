/**
 * Records turns on the gateway's own disk.
 */
import type { Log } from '../../src/log.ts';
import { encodePacket } from '../../src/protocol/packet.ts';
import { openTurnStore } from '../offline/turn-store.ts';
import type { Recorder, SpokenTurn } from './recorder.ts';

/** Turns kept; about 1 GB if all of them were a minute long. */
const MAX_RECORDED_TURNS = 5_000;

/** @throws EarshotError `store_failed` when the folder cannot be used. */
export function createDiskRecorder(folder: string, log: Log): Recorder {
  const store = openTurnStore(folder, {
    limit: MAX_RECORDED_TURNS,
    onDropped(id) {
      known.delete(id);
      log.warn('too many turns are recorded: the oldest was dropped', { id });
    },
    onDamaged: (id, damagedBytes) => log.warn('a recorded turn is damaged', { id, damagedBytes }),
  });
  const known = new Set(store.ids());
  /** Being written: the same turn, delivered twice at once, is one record. */
  const writing = new Map<string, Promise<void>>();

  async function write({ packets, ...meta }: SpokenTurn): Promise<void> {
    await store.write(meta, packets.map(encodePacket));
    known.add(meta.id);
  }

  return {
    has: (id) => known.has(id),
    record(turn) {
      if (known.has(turn.id)) return Promise.resolve();
      const running = writing.get(turn.id) ?? write(turn).finally(() => writing.delete(turn.id));
      writing.set(turn.id, running);
      return running;
    },
  };
}
