import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { EarshotError } from '../../src/core/errors.ts';
import type { TurnMeta } from '../../src/core/turn-store/turn-file.ts';
import { MAX_OFFLINE_BUFFER } from '../../src/protocol/format.ts';
import { encodePacket } from '../../src/protocol/packet.ts';
import { type InlineTurnStore, openInlineTurnStore } from '../support/inline-turn-store.ts';

let folder: string;
let dropped: string[];
let damaged: { id: string; deliverable: boolean }[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-store-'));
  dropped = [];
  damaged = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function store(): InlineTurnStore {
  return openInlineTurnStore(folder, {
    limit: MAX_OFFLINE_BUFFER,
    onDropped: (id) => dropped.push(id),
    onDamaged: (id, _bytes, deliverable) => damaged.push({ id, deliverable }),
  });
}

const idOf = (n: number) => `01890000-0000-7000-8000-${n.toString().padStart(12, '0')}`;
const metaOf = (n: number): TurnMeta => ({ id: idOf(n), trigger: 'key', startedAtMs: n });
const packet = (sequence: number, final = false) =>
  encodePacket({
    final,
    discontinuity: false,
    pcm: false,
    turn: 1,
    sequence,
    timestamp: sequence * 320,
    frames: [Uint8Array.of(sequence, 1, 2)],
  });

function keep(into: InlineTurnStore, n: number, packets = 3, final = true): void {
  const writer = into.create(metaOf(n));
  for (let i = 0; i < packets; i++) writer.append(packet(i, final && i === packets - 1));
  writer.close();
}

test('a turn is read back as it was written, also by a later process', () => {
  keep(store(), 1);
  const read = store().read(idOf(1));
  assert.deepEqual(read?.packets, [packet(0), packet(1), packet(2, true)]);
  assert.equal(read?.frames, 3);
  assert.equal(read?.truncated, false);
  assert.equal(read?.startedAtMs, 1);
});

test('a turn with a meta record of another version is read back, too', () => {
  const writer = store().create({ ...metaOf(1), trigger: 'wake-word' });
  writer.append(packet(0, true));
  writer.close();
  assert.equal(store().read(idOf(1))?.trigger, 'wake-word');
});

test('a turn that is set aside is not listed, and the oldest one is removed at the limit', () => {
  const small = openInlineTurnStore(folder, { limit: 2, onDropped() {}, onDamaged() {} });
  for (const n of [1, 2, 3]) {
    keep(small, n);
    assert.equal(small.setAside(idOf(n)).setAside, Math.min(n, 2));
  }
  assert.deepEqual(small.ids(), []);
  assert.deepEqual(readdirSync(join(folder, 'refused')), [`${idOf(2)}.turn`, `${idOf(3)}.turn`]);
});

test('a turn whose process was killed is stored up to its last packet', () => {
  const writer = store().create(metaOf(1));
  writer.append(packet(0));
  writer.append(packet(1));
  const read = store().read(idOf(1));
  assert.equal(read?.frames, 2);
  assert.equal(read?.truncated, true);
});

test(`${MAX_OFFLINE_BUFFER} turns are stored; then the oldest is removed and reported`, () => {
  const turns = store();
  for (let n = 1; n <= MAX_OFFLINE_BUFFER + 2; n++) keep(turns, n);
  assert.deepEqual(dropped, [idOf(1), idOf(2)]);
  assert.deepEqual(turns.ids()[0], idOf(3));
  assert.equal(turns.ids().length, MAX_OFFLINE_BUFFER);
  assert.equal(turns.stats().dropped, 2);
});

test('a turn truncated by a power failure keeps its complete records, and the other turns are untouched', () => {
  const turns = store();
  keep(turns, 1);
  keep(turns, 2);
  const path = join(folder, `${idOf(1)}.turn`);
  truncateSync(path, readFileSync(path).length - 5);
  assert.equal(turns.read(idOf(1))?.frames, 2);
  assert.equal(turns.read(idOf(2))?.frames, 3);
  assert.deepEqual(damaged, [{ id: idOf(1), deliverable: true }]);
});

test('a turn with an unreadable meta record is reported as lost, and stays until it is set aside', () => {
  const turns = store();
  writeFileSync(join(folder, `${idOf(1)}.turn`), Buffer.alloc(500, 7));
  assert.equal(turns.read(idOf(1)), undefined);
  assert.deepEqual(damaged, [{ id: idOf(1), deliverable: false }]);
  assert.deepEqual(turns.ids(), [idOf(1)]);
});

test('a turn that has just begun can be read without harm', () => {
  const turns = store();
  const writer = turns.create(metaOf(1));
  writeFileSync(join(folder, `${idOf(2)}.turn`), '');
  assert.equal(turns.read(idOf(2)), undefined);
  writer.append(packet(0));
  assert.equal(turns.read(idOf(1))?.frames, 1);
  assert.deepEqual(turns.ids(), [idOf(1), idOf(2)]);
});

test('a removed turn is gone, and removing it again is not an error', () => {
  const turns = store();
  keep(turns, 1);
  turns.remove(idOf(1));
  turns.remove(idOf(1));
  assert.deepEqual(turns.ids(), []);
});

test('a folder that cannot be used gives a typed error with a hint', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  assert.throws(
    () => openInlineTurnStore(join(file, 'turns'), { limit: 1, onDropped() {}, onDamaged() {} }),
    (error) => error instanceof EarshotError && error.code === 'store_failed' && error.hint.includes('--state'),
  );
});
