/**
 * Two devices whose turns are stored by the thread pool, as with one thread: no operation is synchronous.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineOffline } from '../../actors/offline/offline.ts';
import { actorLogic } from '../../machines/adapter/actor-host.ts';
import { supervised } from '../../machines/supervise.ts';
import { createChannel } from '../../src/core/actor/channel.ts';
import type { UplinkPacket } from '../../src/core/actor/data-plane.ts';
import { type OfflineContract, offlineContract } from '../../src/core/contracts/index.ts';
import { pooledDisk } from '../../src/core/files/node-disk.ts';
import type { Log } from '../../src/core/log/log.ts';
import type { StoredTurn } from '../../src/core/turn-store/turn-file.ts';
import { encodePacket } from '../../src/protocol/packet.ts';
import { fakeBoot } from '../support/fake-boot.ts';
import { openInlineTurnStore } from '../support/inline-turn-store.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { createVirtualClock, type VirtualClock } from '../support/virtual-clock.ts';
import { eventually, type Scenario, underSupervision } from './scenario.ts';

const PACKETS = 10;
const idOf = (turn: number) => `01890000-0000-7000-8000-00000000000${turn}`;

function device(folder: string, clock: VirtualClock, log: Log) {
  const encoded = createChannel<UplinkPacket>({ name: 'encoded', limit: 100, whenFull: 'drop-newest' });
  const sent: UplinkPacket[] = [];
  const delivered: StoredTurn[] = [];
  const definition = defineOffline({
    ...{ folder, disk: pooledDisk, encoded, boot: fakeBoot(clock), bufferMs: 600 },
    replies: { next: () => ({ text: '', frames: [] }) },
    uplink: (packet) => sent.push(packet),
    backlog: (turn) => delivered.push(turn),
    downlink() {},
  });
  const actor = underSupervision<OfflineContract>(
    supervised(offlineContract, actorLogic(offlineContract, definition, { clock, log })),
    clock,
  );
  return {
    ...{ actor, delivered },
    speak(turn: number) {
      actor.send({ type: 'offline.open', turn, id: idOf(turn), trigger: 'key', startedAtMs: 1 });
      for (let sequence = 0; sequence < PACKETS; sequence++) {
        const final = sequence === PACKETS - 1;
        const fields = { final, discontinuity: false, pcm: false, turn, sequence, timestamp: sequence * 320 };
        const bytes = encodePacket({ ...fields, frames: [Uint8Array.of(sequence)] });
        encoded.send({ turn, sequence, frames: 1, final, bytes });
      }
    },
    sentOf: (turn: number) => sent.filter((packet) => packet.turn === turn).map(({ sequence }) => sequence),
    storedFrames(turn: number) {
      const store = openInlineTurnStore(folder, { limit: 10, onDropped() {}, onDamaged() {} });
      return store.ids().includes(idOf(turn)) ? (store.read(idOf(turn))?.frames ?? 0) : 0;
    },
  };
}

async function run(log: Log): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-isolated-disk-'));
  const clock = createVirtualClock();
  const goOn = () => clock.run(20);
  const [first, second] = [device(join(folder, 'first'), clock, log), device(join(folder, 'second'), clock, log)];
  for (const each of [first, second]) each.speak(1);
  for (const [name, each] of [['first', first] as const, ['second', second] as const])
    await eventually(() => each.sentOf(1).includes(PACKETS - 1), `the packets of the ${name} device`, goOn);
  await eventually(() => second.storedFrames(1) === PACKETS, 'its file', goOn);
  await eventually(() => second.actor.said('offline.pending') > 1, 'the end of its file', goOn);
  for (const each of [first, second]) each.actor.send({ type: 'offline.deliver' });
  await eventually(() => second.delivered.length > 0, 'the delivery of the second', goOn);
  await clock.run(2_000);
  first.speak(2);
  await eventually(() => first.sentOf(2).length === PACKETS, 'the next turn of the first device', goOn);
  await eventually(() => first.storedFrames(2) === PACKETS, 'its file', goOn);
  // Its file is still being closed.
  const said = first.actor.said('offline.pending');
  first.actor.send({ type: 'offline.forget', id: idOf(1) });
  await eventually(() => first.actor.said('offline.pending') > said, 'what is left', goOn);
  const wrong: string[] = [];
  const whole = (packets: number[]) => packets.length === PACKETS && packets.every((sequence, i) => sequence === i);
  if (!whole(first.sentOf(2))) wrong.push(`the next turn of the first device: ${first.sentOf(2)}`);
  if (!whole(second.sentOf(1))) wrong.push(`the turn of the second device: ${second.sentOf(1)}`);
  if (second.delivered[0]?.frames !== PACKETS) wrong.push('the second device did not deliver its turn');
  for (const each of [first, second]) each.actor.stop();
  await clock.run(100);
  await removeFolder(folder);
  return wrong;
}

export const slowDisk: Scenario = {
  name: 'two devices whose turns are stored by a pool',
  run,
  subjects: /^offline#1 /,
};
