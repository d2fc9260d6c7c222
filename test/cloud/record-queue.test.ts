import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDeadLetters } from '../../actors/cloud/dead-letters.ts';
import { recordFolder } from '../../actors/cloud/record-files.ts';
import { openRecordQueue, type QueueLimits, type RecordQueue } from '../../actors/cloud/record-queue.ts';
import { keyOf, turnKey } from '../../actors/cloud/records.ts';
import { EarshotError } from '../../src/core/errors.ts';
import { DEFAULT_LIMITS } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import fc from '../support/fast-check.ts';
import { queueInMemory } from '../support/memory-files.ts';
import { queuedReport, queuedSession, queuedTurn, turnId } from '../support/records.ts';

const SOUND = Uint8Array.of(1, 2, 3);
const spoken = (n: number, device = 'kitchen') => ({ ...queuedTurn(n, {}, device), durationMs: 20 });

function openOnDisk(folder: string): RecordQueue {
  const limits = DEFAULT_LIMITS;
  const deadLetters = openDeadLetters({ files: recordFolder(join(folder, 'dead')), limits, now: () => 7 });
  return openRecordQueue({ files: recordFolder(join(folder, 'queue')), deadLetters, limits, log: silentLog });
}

/** Keys of the waiting records, in the order of delivery. */
async function drain(queue: RecordQueue, device = 'kitchen'): Promise<string[]> {
  const keys: string[] = [];
  for (let entry = queue.next(device); entry; entry = queue.next(device)) {
    keys.push(entry.key);
    await queue.remove(entry);
  }
  return keys;
}

test('a record survives a restart with its recording, and is removed with it', () =>
  inTemporaryFolder(async (folder) => {
    const before = openOnDisk(folder);
    await before.put(spoken(1), SOUND);
    await before.put(queuedTurn(2));
    await before.put(queuedReport(3, 'cellar'));
    const after = openOnDisk(folder);
    const entry = after.next('kitchen');
    assert.ok(entry);
    assert.equal(entry.rank, 'recording');
    assert.equal(entry.durationMs, 20);
    assert.deepEqual(await after.read(entry), spoken(1));
    assert.deepEqual(await after.readRecording(entry), SOUND);
    assert.deepEqual([...after.devices()].sort(), ['cellar', 'kitchen']);
    assert.equal(after.next('hall'), undefined);
    await after.recordingDelivered(entry);
    await after.remove(entry);
    assert.deepEqual(readdirSync(join(folder, 'queue')).sort(), [
      `${keyOf(queuedReport(3, 'cellar'))}.json`,
      `${keyOf(queuedTurn(2))}.json`,
    ]);
    assert.equal(after.stats().waiting, 2);
  }));

test('a newer version replaces the older, keeps its recording, and is not removed with the older', () =>
  inTemporaryFolder(async (folder) => {
    const queue = openOnDisk(folder);
    await queue.put(spoken(1), SOUND);
    const older = queue.next('kitchen');
    assert.ok(older);
    await queue.put(queuedTurn(1, { state: 'idle' }));
    await queue.remove(older);
    const newer = queue.next('kitchen');
    assert.ok(newer);
    assert.deepEqual(await queue.read(newer), { ...queuedTurn(1, { state: 'idle' }), durationMs: 20 });
    assert.equal(newer.rank, 'recording');
    assert.deepEqual(readdirSync(join(folder, 'queue')).sort(), [`${older.key}.json`, `${older.key}.opus`]);
  }));

test('of many simultaneous versions the newest is on the disk', () =>
  inTemporaryFolder(async (folder) => {
    const queue = openOnDisk(folder);
    const puts = [queue.put(spoken(1), SOUND)];
    for (let i = 0; i < 200; i++) puts.push(queue.put(queuedTurn(1, { endedAt: i })));
    await Promise.all(puts);
    const entry = openOnDisk(folder).next('kitchen');
    assert.ok(entry);
    const record = await openOnDisk(folder).read(entry);
    assert.equal(record.kind === 'turn' && record.record.endedAt, 199);
    assert.equal(entry.rank, 'recording');
  }));

test('any number of reports of one device displaces no record of another, and no turn', async () => {
  const limits = { queueRecords: 100, deviceQueueRecords: 40 };
  const { queue, files } = queueInMemory(limits);
  await queue.put(spoken(1), SOUND);
  await queue.put(queuedSession(2));
  await queue.put(queuedTurn(3));
  await queue.put(spoken(4, 'flooder'), SOUND);
  for (let i = 0; i < 10_000; i++) await queue.put(queuedReport(i, 'flooder'));
  assert.equal(queue.stats().waiting, 3 + 40);
  assert.equal(queue.stats().dropped, 10_000 - 39);
  assert.equal(files.texts.size, 43);
  assert.deepEqual(await drain(queue), [keyOf(spoken(1)), keyOf(queuedTurn(3)), keyOf(queuedSession(2))]);
  const flooder = await drain(queue, 'flooder');
  assert.equal(flooder[0], keyOf(spoken(4, 'flooder')));
  // The newest of them.
  assert.equal(flooder.at(-1), keyOf(queuedReport(9_999, 'flooder')));
});

test('two reports within a second become one', async () => {
  const { queue } = queueInMemory();
  await queue.put({ kind: 'report', device: 'kitchen', report: { at: 5_100, figures: { n: 1 } } });
  await queue.put({ kind: 'report', device: 'kitchen', report: { at: 5_900, figures: { n: 2 } } });
  const entry = queue.next('kitchen');
  assert.ok(entry);
  const record = await queue.read(entry);
  assert.deepEqual(record.kind === 'report' && record.report.figures, { n: 2 });
  assert.equal(queue.stats().waiting, 1);
});

test('when the queue is full, reports are dropped first, then sessions, then updates of turns, never a recording', async () => {
  const { queue } = queueInMemory({ queueRecords: 4 });
  await queue.put(queuedTurn(1));
  await queue.put(queuedSession(2));
  await queue.put(queuedReport(3));
  await queue.put(spoken(4), SOUND);
  const waiting: string[][] = [];
  for (const n of [5, 6, 7]) {
    await queue.put(spoken(n, 'hall'), SOUND);
    waiting.push((['report', 'session', 'turn', 'recording'] as const).filter((kind) => has(kind)));
  }
  function has(kind: 'report' | 'session' | 'turn' | 'recording'): boolean {
    const records = { report: queuedReport(3), session: queuedSession(2), turn: queuedTurn(1), recording: spoken(4) };
    return queue.has(keyOf(records[kind]));
  }
  assert.deepEqual(waiting, [['session', 'turn', 'recording'], ['turn', 'recording'], ['recording']]);
  // Recordings alone fill it: the next recording is refused, and its device keeps it; other records are dropped.
  await assert.rejects(queue.put(spoken(8, 'cellar'), SOUND), { code: 'store_full' });
  await queue.put(queuedReport(9));
  await queue.put(queuedTurn(10));
  assert.equal(queue.holdsRecording(turnKey('cellar', turnId(8))), false);
  const { waiting: left, refused, dropped } = queue.stats();
  assert.deepEqual([left, refused, dropped], [4, 1, 5]);
  // But a waiting record may be updated.
  await queue.put(queuedTurn(4, { outcome: 'done' }));
  const entry = queue.next('kitchen');
  assert.ok(entry);
  const record = await queue.read(entry);
  assert.equal(record.kind === 'turn' && record.record.outcome, 'done');
});

test('bytes are limited like records, including recordings', async () => {
  const { queue } = queueInMemory({ deviceQueueBytes: 10_000, queueBytes: 25_000 });
  const sound = (bytes: number) => new Uint8Array(bytes);
  await queue.put(spoken(1), sound(9_000));
  await assert.rejects(queue.put(spoken(2), sound(5_000)), { code: 'store_full' });
  await queue.put(spoken(2, 'hall'), sound(9_000));
  await assert.rejects(queue.put(spoken(3, 'cellar'), sound(9_000)), { code: 'store_full' });
  const entry = queue.next('kitchen');
  assert.ok(entry);
  await queue.recordingDelivered(entry);
  assert.ok(queue.stats().bytes < 10_000);
  await queue.put(spoken(3, 'cellar'), sound(9_000));
});

test('a disabled limit has no effect', async () => {
  const off = Number.POSITIVE_INFINITY;
  const limits = { queueRecords: off, queueBytes: off, deviceQueueRecords: off, deviceQueueBytes: off };
  const { queue } = queueInMemory(limits);
  for (let i = 0; i < 12_000; i++) await queue.put(queuedReport(i));
  assert.equal(queue.stats().waiting, 12_000);
});

test('for any records in any order, the limits hold and no accepted recording is lost', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          kind: fc.constantFrom('report', 'session', 'turn', 'recording', 'deliver', 'uploaded', 'stuck'),
          device: fc.constantFrom('a', 'b', 'c'),
          n: fc.integer({ min: 0, max: 30 }),
          bytes: fc.integer({ min: 1, max: 900 }),
        }),
        { maxLength: 200 },
      ),
      async (steps) => {
        const limits: QueueLimits = {
          ...{ queueRecords: 12, deviceQueueRecords: 6, queueBytes: 8_000, deviceQueueBytes: 4_000 },
        };
        const { queue } = queueInMemory(limits);
        const taken = new Set<string>();
        for (const { kind, device, n, bytes } of steps) {
          if (kind === 'report') await queue.put(queuedReport(n, device));
          else if (kind === 'session') await queue.put(queuedSession(n, device));
          else if (kind === 'turn') await queue.put(queuedTurn(n, {}, device));
          else if (kind === 'recording') {
            const record = spoken(n, device);
            await queue.put(record, new Uint8Array(bytes)).then(
              () => taken.add(keyOf(record)),
              () => undefined,
            );
          } else {
            const entry = queue.next(device);
            if (!entry) continue;
            if (kind === 'stuck') queue.postpone(entry);
            else {
              if (entry.rank === 'recording') await queue.recordingDelivered(entry);
              if (kind === 'deliver') await queue.remove(entry);
              taken.delete(entry.key);
            }
          }
          const { waiting, bytes: held } = queue.stats();
          assert.ok(waiting <= limits.queueRecords && held <= limits.queueBytes + 500, `${waiting}, ${held}`);
          for (const key of taken) assert.equal(queue.holdsRecording(key), true, key);
        }
      },
    ),
    { numRuns: 200, endOnFailure: true },
  ));

test('neither an update of a turn nor a failed write confirms its audio', async () => {
  const { queue, files } = queueInMemory();
  await queue.put(queuedTurn(1, { outcome: 'failed' }));
  assert.equal(queue.has(keyOf(queuedTurn(1))), true);
  assert.equal(queue.holdsRecording(keyOf(queuedTurn(1))), false);
  files.failNextSave(new EarshotError('store_failed', 'full', ''));
  await assert.rejects(queue.put(spoken(2), SOUND), { code: 'store_failed' });
  assert.equal(queue.has(keyOf(spoken(2))), false);
  files.failNextSave(new EarshotError('store_failed', 'full', ''));
  await assert.rejects(queue.put(spoken(1), SOUND));
  assert.equal(queue.holdsRecording(keyOf(spoken(1))), false);
  assert.equal(queue.next('kitchen')?.rank, 'turn');
  await queue.put(spoken(1), SOUND);
  assert.equal(queue.holdsRecording(keyOf(spoken(1))), true);
});

test('the same id of two devices is two turns', async () => {
  const { queue } = queueInMemory();
  await queue.put(spoken(1, 'kitchen'), SOUND);
  await queue.put(spoken(1, 'hall'), SOUND);
  assert.equal(queue.stats().waiting, 2);
  assert.notEqual(queue.next('kitchen')?.key, queue.next('hall')?.key);
});

test('a damaged record is moved away with its recording, and the others are read', () =>
  inTemporaryFolder(async (folder) => {
    const queueFolder = join(folder, 'queue');
    await openOnDisk(folder).put(queuedTurn(2));
    writeFileSync(join(queueFolder, 'turn-a.json'), '{"kind":"tu');
    writeFileSync(join(queueFolder, 'turn-a.opus'), SOUND);
    writeFileSync(join(queueFolder, 'null.json'), 'null');
    mkdirSync(join(queueFolder, 'folder.json'));
    const queue = openOnDisk(folder);
    assert.equal(queue.stats().waiting, 1);
    const isTidy = () => queue.stats().setAside === 2 && readdirSync(queueFolder).length === 2;
    await eventually(isTidy, 'what cannot be read is set aside');
    assert.deepEqual(readdirSync(queueFolder).sort(), ['folder.json', `${keyOf(queuedTurn(2))}.json`]);
    assert.deepEqual(readdirSync(join(folder, 'dead')).sort(), ['null.json', 'turn-a.json', 'turn-a.opus']);
    assert.equal(openOnDisk(folder).stats().deadLetters.waiting, 2);
  }));

test('a folder of an earlier version, with other names, is read', () =>
  inTemporaryFolder(async (folder) => {
    await openOnDisk(folder).put(spoken(1), SOUND);
    const path = (name: string) => join(folder, 'queue', name);
    for (const end of ['json', 'opus'])
      renameSync(path(`${keyOf(spoken(1))}.${end}`), path(`turn-${turnId(1)}.${end}`));
    writeFileSync(path('turn-x.opus.part'), SOUND);
    const queue = openOnDisk(folder);
    assert.equal(queue.holdsRecording(turnKey('kitchen', turnId(1))), true);
    const entry = queue.next('kitchen');
    assert.ok(entry);
    assert.deepEqual(await queue.readRecording(entry), SOUND);
    assert.equal(readdirSync(join(folder, 'queue')).length, 2);
  }));

test('an unusable folder is reported', () =>
  inTemporaryFolder(async (folder) => {
    writeFileSync(join(folder, 'queue'), '');
    assert.throws(() => openOnDisk(folder), { code: 'store_failed' });
  }));
