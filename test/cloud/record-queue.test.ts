import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openRecordQueue, type QueuedRecord } from '../../actors/cloud/record-queue.ts';
import { silentLog } from '../../src/log.ts';
import { inTemporaryFolder } from '../support/cli.ts';

const turn = (id: string, state: 'streaming' | 'idle' = 'streaming'): QueuedRecord & { kind: 'turn' } => ({
  kind: 'turn',
  device: 'kitchen',
  record: { turn: id, session: 's', trigger: 'key', offline: false, startedAt: 1, state },
});
const SOUND = Uint8Array.of(1, 2, 3);

test('what was put survives, in its order, with its recording', () =>
  inTemporaryFolder(async (folder) => {
    const before = openRecordQueue(folder, silentLog);
    await before.put({ ...turn('a'), durationMs: 20 }, SOUND);
    await before.put(turn('b'));
    const after = openRecordQueue(folder, silentLog);
    const entry = after.next('kitchen');
    assert.ok(entry);
    assert.deepEqual(entry.record, { ...turn('a'), durationMs: 20 });
    assert.equal(entry.hasRecording, true);
    assert.deepEqual(await after.readRecording(entry), SOUND);
    assert.deepEqual(after.devices(), ['kitchen']);
    assert.equal(after.next('cellar'), undefined);
    await after.recordingDelivered(entry);
    await after.remove(entry);
    assert.deepEqual(readdirSync(folder), ['turn-b.json']);
    assert.equal(after.stats().waiting, 1);
  }));

test('a newer picture takes the place of the older, keeps its recording, and is not removed with it', () =>
  inTemporaryFolder(async (folder) => {
    const queue = openRecordQueue(folder, silentLog);
    await queue.put({ ...turn('a'), durationMs: 20 }, SOUND);
    const older = queue.next('kitchen');
    assert.ok(older);
    await queue.put(turn('a', 'idle'));
    await queue.remove(older);
    const newer = queue.next('kitchen');
    assert.deepEqual(newer?.record, { ...turn('a', 'idle'), durationMs: 20 });
    assert.equal(newer?.hasRecording, true);
    assert.deepEqual(readdirSync(folder).sort(), ['turn-a.json', 'turn-a.opus']);
  }));

test('a damaged record is put aside, and the others are read', () =>
  inTemporaryFolder(async (folder) => {
    await openRecordQueue(folder, silentLog).put(turn('b'));
    writeFileSync(join(folder, 'turn-a.json'), '{"kind":"tu');
    const queue = openRecordQueue(folder, silentLog);
    assert.equal(queue.stats().damaged, 1);
    assert.equal(queue.stats().waiting, 1);
    assert.ok(readdirSync(folder).includes('turn-a.json.damaged'));
  }));

test('a folder that cannot be used is said', () =>
  inTemporaryFolder(async (folder) => {
    writeFileSync(join(folder, 'file'), '');
    assert.throws(() => openRecordQueue(join(folder, 'file'), silentLog), { code: 'store_failed' });
  }));
