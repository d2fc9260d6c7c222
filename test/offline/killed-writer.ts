/** Writes packets of a turn without a pause, and says after each that it is written, until it is killed: `killed-writer.ts TURNS MEMORY`. */
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openTurnStore } from '../../actors/offline/turn-store.ts';
import { memoryAheadDisk } from '../../src/core/files/memory-ahead-disk.ts';
import { inlineDisk, pooledDisk } from '../../src/core/files/node-disk.ts';
import { encodePacket } from '../../src/protocol/packet.ts';

const [turns = '', memory = ''] = process.argv.slice(2);
const onError = (error: unknown) => {
  throw error;
};
const disk = memoryAheadDisk({ disk: pooledDisk, memory: inlineDisk, folder: memory, of: turns, onError });
const store = openTurnStore(disk, turns, { limit: 10, onDropped() {}, onDamaged() {} });
const writer = store.create({ id: '01890000-0000-7000-8000-000000000001', trigger: 'key', startedAtMs: 1 });
for (let sequence = 0; ; sequence++) {
  const fields = { final: false, discontinuity: false, pcm: false, turn: 1, sequence, timestamp: sequence * 320 };
  await writer.append(encodePacket({ ...fields, frames: [Uint8Array.of(sequence & 255)] }));
  writeSync(1, `${sequence}\n`);
  // In the middle of what a sync does, too.
  if (sequence % 7 === 0) writer.sync();
  if (sequence % 5 === 0) await sleep(1);
}
