/**
 * Records turns on the gateway's own disk: a folder a device, since an id is a device's own word, and a file a turn.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Log } from '../../src/log.ts';
import { encodePacket } from '../../src/protocol/packet.ts';
import { openTurnStore, type TurnStore } from '../offline/turn-store.ts';
import type { Recorder, SpokenTurn } from './recorder.ts';

/** Turns kept of a device; about 1 GB if all of them were a minute long. */
const MAX_RECORDED_TURNS = 5_000;

/** The folder of a device: its name as far as a file can have it, and what tells apart names that look the same so. */
export function folderOf(device: string): string {
  const readable = device.replace(/[^A-Za-z0-9-]/g, '_').slice(0, 32);
  return `${readable}-${createHash('sha256').update(device).digest('hex').slice(0, 16)}`;
}

export function createDiskRecorder(folder: string, log: Log): Recorder {
  const devices = new Map<string, { store: TurnStore; known: Set<string> }>();
  /** Being written: the same turn, delivered twice at once, is one record. */
  const writing = new Map<string, Promise<void>>();

  function turnsOf(device: string): { store: TurnStore; known: Set<string> } {
    const opened = devices.get(device);
    if (opened) return opened;
    const store = openTurnStore(join(folder, folderOf(device)), {
      limit: MAX_RECORDED_TURNS,
      onDropped(id) {
        turns.known.delete(id);
        log.warn('too many turns are recorded: the oldest was dropped', { device, id });
      },
      onDamaged: (id, damagedBytes) => log.warn('a recorded turn is damaged', { device, id, damagedBytes }),
    });
    const turns = { store, known: new Set(store.ids()) };
    devices.set(device, turns);
    return turns;
  }

  async function write({ packets, ...meta }: SpokenTurn): Promise<void> {
    const { store, known } = turnsOf(meta.device);
    await store.write(meta, packets.map(encodePacket));
    known.add(meta.id);
  }

  return {
    has: (device, id) => turnsOf(device).known.has(id),
    record(turn) {
      if (turnsOf(turn.device).known.has(turn.id)) return Promise.resolve();
      const key = `${turn.id} ${turn.device}`;
      const running = writing.get(key) ?? write(turn).finally(() => writing.delete(key));
      writing.set(key, running);
      return running;
    },
  };
}
