/**
 * Stores turns, one after the other, a packet every 60 ms, as during an utterance; prints the longest time for which
 * the event loop was blocked, and the delay of the packets. Run by store-blocking.ts.
 */
import { dirname, join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineOffline } from '../../actors/offline/offline.ts';
import { createChannel } from '../../src/core/actor/channel.ts';
import type { UplinkPacket } from '../../src/core/actor/data-plane.ts';
import { runActor } from '../../src/core/actor/run-actor.ts';
import { memoryAheadDisk } from '../../src/core/files/memory-ahead-disk.ts';
import { inlineDisk, inlineWriteDisk, pooledDisk } from '../../src/core/files/node-disk.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { thisBoot } from '../../src/core/time/this-boot.ts';
import { encodePacket } from '../../src/protocol/packet.ts';

const PACKET_MS = 60;
/** A turn ends after 2 s, so that its end happens during the next one. */
const PACKETS_A_TURN = 33;
const RESOLUTION_MS = 1;
/** `none`: packets are not stored, to measure the machine itself. */
const [kind = '', folder = '', seconds = ''] = process.argv.slice(2);
const DISKS = { none: pooledDisk, inline: inlineDisk, 'writing inline': inlineWriteDisk, pool: pooledDisk };
const ahead = () =>
  memoryAheadDisk({
    disk: pooledDisk,
    memory: inlineDisk,
    folder: join(dirname(folder), 'memory'),
    of: folder,
    onError: fail,
  });
function fail(error: unknown): never {
  throw error;
}
const encoded = createChannel<UplinkPacket>({ name: 'encoded', limit: 1_000, whenFull: 'drop-newest' });
const spokenAtMs = new Map<UplinkPacket, number>();
const delaysMs: number[] = [];
const definition = defineOffline({
  ...{
    folder,
    disk: kind === 'memory ahead' ? ahead() : DISKS[kind as keyof typeof DISKS],
    encoded,
    boot: thisBoot(),
    bufferMs: 600,
  },
  replies: { next: () => ({ text: '', frames: [] }) },
  uplink: (packet) => delaysMs.push(performance.now() - (spokenAtMs.get(packet) ?? Number.NaN)),
  backlog() {},
  downlink() {},
});
const actor = runActor('offline', definition, { clock: systemClock, log: silentLog }, () => {}, fail);
const frame = new Uint8Array(60);
const idOf = (turn: number) => `01890000-0000-7000-8000-${String(turn).padStart(12, '0')}`;

await sleep(1_000);
const held = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
held.enable();
const packets = Math.round((Number(seconds) * 1_000) / PACKET_MS);
for (let i = 0; i < packets; i++) {
  const [turn, sequence] = [1 + Math.floor(i / PACKETS_A_TURN), 3 * (i % PACKETS_A_TURN)];
  if (sequence === 0 && kind !== 'none') {
    if (turn > 2) actor.receive({ type: 'offline.forget', id: idOf(turn - 2) });
    actor.receive({ type: 'offline.open', turn, id: idOf(turn), trigger: 'key', startedAtMs: 1 });
  }
  const final = i % PACKETS_A_TURN === PACKETS_A_TURN - 1;
  const fields = { final, discontinuity: false, pcm: false, turn, sequence, timestamp: sequence * 320 };
  const packet = {
    turn,
    sequence,
    frames: 3,
    final,
    bytes: encodePacket({ ...fields, frames: [frame, frame, frame] }),
  };
  spokenAtMs.set(packet, performance.now());
  encoded.send(packet);
  await sleep(PACKET_MS);
}
held.disable();
// Packets that still wait for the disk are forwarded at the end.
actor.stop();
delaysMs.sort((a, b) => a - b);
const blockedMs = held.max / 1e6 - RESOLUTION_MS;
const sorted = { delayMs: { p50: delaysMs[delaysMs.length >> 1], most: delaysMs.at(-1) }, packets: delaysMs.length };
process.stdout.write(`${JSON.stringify({ blockedMs, ...sorted })}\n`, () => process.exit());
