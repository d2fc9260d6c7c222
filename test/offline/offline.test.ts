import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type CachedReply, openCachedReplies, saveReply } from '../../actors/offline/cached-replies.ts';
import { defineOffline } from '../../actors/offline/offline.ts';
import { createChannel } from '../../src/core/actor/channel.ts';
import type { DownlinkPacket, UplinkPacket } from '../../src/core/actor/data-plane.ts';
import { BUNDLED_REPLY } from '../../src/core/files/bundled.ts';
import type { Disk } from '../../src/core/files/disk.ts';
import { inlineDisk } from '../../src/core/files/node-disk.ts';
import { encodeRecord, RECORD_META } from '../../src/core/turn-store/segment.ts';
import type { StoredTurn } from '../../src/core/turn-store/turn-file.ts';
import { decodePacket, encodePacket } from '../../src/protocol/packet.ts';
import { fakeBoot } from '../support/fake-boot.ts';
import { openInlineTurnStore } from '../support/inline-turn-store.ts';
import { startActor } from '../support/run-actor.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'earshot-offline-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const ID = '01890000-0000-7000-8000-000000000001';
const OPEN = { type: 'offline.open', turn: 1, id: ID, trigger: 'key', startedAtMs: 9 } as const;
const REPLY: CachedReply = { text: 'later', frames: Array.from({ length: 100 }, (_, i) => Uint8Array.of(i)) };

function device(folder = join(root, 'turns'), disk: Disk = inlineDisk) {
  const encoded = createChannel<UplinkPacket>({ name: 'encoded', limit: 10, whenFull: 'drop-newest' });
  const sent: UplinkPacket[] = [];
  const delivered: StoredTurn[] = [];
  const played: DownlinkPacket[] = [];
  const clock = new SimulatedClock();
  const boot = fakeBoot(clock);
  const actor = startActor(
    defineOffline({
      folder,
      disk,
      replies: { next: () => REPLY },
      encoded,
      uplink: (packet) => sent.push(packet),
      backlog: (turn) => delivered.push(turn),
      downlink: (packet) => played.push(packet),
      bufferMs: 600,
      boot,
    }),
    clock,
  );
  const speak = (sequence: number, final = false) => {
    const frames = [Uint8Array.of(sequence)];
    const fields = { final, discontinuity: false, pcm: false, turn: 1, sequence, timestamp: sequence * 320, frames };
    encoded.send({ turn: 1, sequence, frames: 1, final, bytes: encodePacket(fields) });
  };
  return { actor, sent, delivered, played, speak };
}

test('every packet is stored before it is forwarded, and the first is reported', () => {
  const { actor, sent, speak } = device();
  actor.send(OPEN);
  speak(0);
  speak(1, true);
  assert.equal(sent.length, 2);
  assert.deepEqual(actor.types(), ['offline.pending', 'offline.started', 'offline.pending']);
  assert.deepEqual(actor.sent.at(-1), { type: 'offline.pending', turns: 1 });
  assert.deepEqual(readdirSync(join(root, 'turns')), [`${ID}.turn`]);
});

test('a stored turn is read completely, and is gone after its deletion', () => {
  const first = device();
  first.actor.send(OPEN);
  first.speak(0);
  first.speak(1, true);
  first.actor.stop();

  const later = device();
  assert.deepEqual(later.actor.sent, [{ type: 'offline.pending', turns: 1 }]);
  later.actor.send({ type: 'offline.deliver' });
  assert.equal(later.delivered[0]?.id, ID);
  assert.equal(later.delivered[0]?.frames, 2);
  later.actor.send({ type: 'offline.forget', id: ID });
  assert.deepEqual(later.actor.sent.at(-1), { type: 'offline.pending', turns: 0 });
});

test('an unreadable turn is reported, moved away, and does not block others', () => {
  const folder = join(root, 'turns');
  const first = device();
  first.actor.send(OPEN);
  first.speak(0, true);
  first.actor.stop();
  const older = ID.replace(/1$/, '0');
  writeFileSync(join(folder, `${older}.turn`), Buffer.alloc(500, 7));

  const { actor, delivered } = device();
  actor.send({ type: 'offline.deliver' });
  const said = actor.sent.find((event) => event.type === 'offline.damaged');
  assert.ok(said?.type === 'offline.damaged' && said.id === older && !said.deliverable);
  assert.deepEqual(actor.sent.at(-1), { type: 'offline.delivering', id: ID });
  assert.equal(delivered[0]?.id, ID);
  assert.deepEqual(readdirSync(folder), [`${ID}.turn`, 'refused']);
  assert.deepEqual(readdirSync(join(folder, 'refused')), [`${older}.turn`]);
});

test('a turn that the cloud refuses permanently is moved away, complete, and reported', () => {
  const { actor, speak, delivered } = device();
  actor.send(OPEN);
  speak(0, true);
  const error = { code: 'turn_refused', message: 'too long', hint: '' } as const;
  actor.send({ type: 'offline.setAside', id: ID, error });
  assert.deepEqual(actor.sent.slice(-2), [
    { type: 'offline.refused', id: ID, error },
    { type: 'offline.pending', turns: 0 },
  ]);
  actor.send({ type: 'offline.deliver' });
  assert.equal(delivered.length, 0);
  const aside = openInlineTurnStore(join(root, 'turns', 'refused'), { limit: 1, onDropped() {}, onDamaged() {} });
  assert.equal(aside.read(ID)?.frames, 1);
});

test('a turn that cannot be read now is reported, stays, and does not block others', () => {
  const folder = join(root, 'turns');
  const first = device();
  first.actor.send(OPEN);
  first.speak(0, true);
  first.actor.stop();
  const older = ID.replace(/1$/, '0');
  mkdirSync(join(folder, `${older}.turn`));

  const { actor, delivered } = device();
  actor.send({ type: 'offline.deliver' });
  assert.equal(delivered[0]?.id, ID);
  const failed = actor.sent.find((event) => event.type === 'offline.failed');
  assert.ok(failed?.type === 'offline.failed' && failed.error.code === 'store_failed');
  assert.deepEqual(readdirSync(folder), [`${older}.turn`, `${ID}.turn`]);
});

test('the live turn is not pending', () => {
  const { actor, speak, delivered } = device();
  actor.send(OPEN);
  speak(0);
  actor.send({ type: 'offline.deliver' });
  assert.deepEqual(delivered, []);
  assert.deepEqual(actor.sent.at(-1), { type: 'offline.pending', turns: 0 });
});

test('an unusable disk is reported, and the turn continues without it', () => {
  writeFileSync(join(root, 'file'), '');
  const { actor, sent, speak } = device(join(root, 'file', 'turns'));
  actor.send(OPEN);
  speak(0);
  assert.equal(sent.length, 1);
  const failed = actor.sent.find((event) => event.type === 'offline.failed');
  assert.ok(failed?.type === 'offline.failed' && failed.error.code === 'store_failed');
  assert.ok(actor.types().includes('offline.started'));
  assert.deepEqual(actor.crashes, []);
});

test('a disk that becomes full during a turn is reported once, and the turn continues', (t) => {
  const folder = join(root, 'small');
  mkdirSync(folder);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', folder]);
  if (mounted.status !== 0) return t.skip('a full disk needs a mount, and that is not permitted here');
  try {
    const { actor, sent, speak } = device(folder);
    actor.send(OPEN);
    for (let i = 0; i < 400; i++) speak(i % 250);
    assert.equal(sent.length, 400);
    assert.deepEqual(actor.crashes, []);
    const failures = actor.sent.flatMap((event) => (event.type === 'offline.failed' ? [event.error.code] : []));
    assert.deepEqual(failures, ['store_full']);
  } finally {
    spawnSync('umount', [folder]);
  }
});

test('a cached reply is played as the reply of the turn, at the player’s pace', () => {
  const { actor, played } = device();
  actor.send({ type: 'offline.reply', turn: 1 });
  assert.deepEqual(actor.sent.at(-1), { type: 'offline.replying', turn: 1, text: 'later' });
  const framesPlayed = () =>
    played.flatMap(({ bytes }) => {
      const decoded = decodePacket(bytes);
      return decoded.ok ? decoded.packet.frames : [];
    });
  assert.ok(framesPlayed().length <= 33, 'a burst of 600 ms');
  for (let ms = 0; ms < 2_000; ms += 10) actor.clock.increment(10);
  assert.deepEqual(framesPlayed(), REPLY.frames);
  const last = decodePacket(played.at(-1)?.bytes ?? new Uint8Array());
  assert.ok(last.ok && last.packet.final);
});

test('the cloud’s cached replies are used in rotation; without any, the bundled one', () => {
  const folder = join(root, 'replies');
  const replies = openCachedReplies(folder, BUNDLED_REPLY);
  const bundled = replies.next();
  assert.match(bundled.text, /can't reach the cloud/);
  assert.ok(bundled.frames.length > 100);
  saveReply(folder, 'a', { text: 'a', frames: [Uint8Array.of(1)] });
  saveReply(folder, 'b', { text: 'b', frames: [Uint8Array.of(2)] });
  const chosen = [replies.next().text, replies.next().text, replies.next().text];
  assert.deepEqual(new Set(chosen.slice(0, 2)), new Set(['a', 'b']));
  assert.equal(chosen[0], chosen[2]);
  writeFileSync(join(folder, 'a.reply'), 'broken');
  assert.equal(replies.next().text, 'b');
  // Its checksum is right, but its content is not JSON.
  writeFileSync(join(folder, 'a.reply'), encodeRecord({ kind: RECORD_META, body: Uint8Array.of(123) }));
  assert.equal(replies.next().text, 'b');
});
