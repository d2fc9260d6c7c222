import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDeadLetters, readDeadLetters } from '../../actors/cloud/dead-letters.ts';
import { recordFolder } from '../../actors/cloud/record-files.ts';
import { openRecordQueue } from '../../actors/cloud/record-queue.ts';
import { keyOf, type QueuedRecord } from '../../actors/cloud/records.ts';
import { deadLettersFolder, queueFolder } from '../../src/core/files/paths.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { queuedReport, queuedTurn } from '../support/records.ts';

const SOUND = new Uint8Array(100);
const REASON = { code: 'cloud_refused', message: 'Unexpected field `kind`', hint: '' } as const;

function lettersWith(limits: Partial<Limits>) {
  const files = memoryFiles();
  let nowMs = 0;
  const letters = openDeadLetters({ files, limits: { ...DEFAULT_LIMITS, ...limits }, now: () => nowMs++ });
  const add = (record: QueuedRecord, recording?: Uint8Array) =>
    letters.add({
      key: keyOf(record),
      text: JSON.stringify(record),
      reason: REASON,
      ...(recording && { recording }),
    });
  return { files, letters, add };
}

test('at their limit the oldest records without a recording are deleted, never a recording', async () => {
  const { letters, add, files } = lettersWith({ deadLetterRecords: 3 });
  assert.equal(await add(queuedReport(1)), true);
  assert.equal(await add(queuedTurn(2), SOUND), true);
  assert.equal(await add(queuedReport(3)), true);
  assert.equal(await add(queuedTurn(4), SOUND), true);
  assert.equal(await add(queuedTurn(5), SOUND), true);
  assert.deepEqual(letters.stats(), { waiting: 3, limit: 3, dropped: 2 });
  assert.equal(await add(queuedTurn(6), SOUND), false);
  assert.equal(await add(queuedReport(7)), false);
  // The same record again does not count twice.
  assert.equal(await add(queuedTurn(5), SOUND), true);
  // Records that the operator has deleted meanwhile free space.
  await files.remove(keyOf(queuedTurn(2)));
  assert.equal(await add(queuedTurn(6), SOUND), true);
});

test('their bytes are limited, and the count is right after a restart', async () => {
  const { letters, add, files } = lettersWith({ deadLetterBytes: 2_000 });
  for (let n = 0; n < 20; n++) await add(queuedReport(n));
  const { waiting } = letters.stats();
  assert.ok(waiting > 3 && waiting < 20, `${waiting}`);
  assert.equal(await add(queuedTurn(1), new Uint8Array(3_000)), false);
  const reopened = openDeadLetters({ files, limits: DEFAULT_LIMITS, now: () => 0 });
  assert.ok(reopened.stats().waiting <= waiting);
});

test('a damaged record does not hide others', () =>
  inTemporaryFolder(async (folder) => {
    const files = recordFolder(folder);
    await openDeadLetters({ files, limits: DEFAULT_LIMITS, now: () => 5 }).add({
      ...{ key: 'report-1', text: JSON.stringify(queuedReport(1)), reason: REASON },
    });
    writeFileSync(join(folder, 'a.json'), '{');
    writeFileSync(join(folder, 'b.json'), 'null');
    assert.deepEqual(
      readDeadLetters(files).map(({ key, code }) => [key, code]),
      [
        ['a', 'damaged'],
        ['b', 'damaged'],
        ['report-1', 'cloud_refused'],
      ],
    );
  }));

test('the operator lists, retries and deletes them', () =>
  inTemporaryFolder(async (state) => {
    const letters = openDeadLetters({
      files: recordFolder(deadLettersFolder(state)),
      limits: DEFAULT_LIMITS,
      now: () => Date.UTC(2025, 0, 2),
    });
    const turn = { ...queuedTurn(1, {}, 'kitchen\n\u001b[2J'), durationMs: 20 };
    const report = queuedReport(2);
    for (const [record, recording] of [[turn, SOUND], [report]] as const) {
      await letters.add({
        ...{ key: keyOf(record), text: JSON.stringify(record), reason: REASON },
        ...(recording && { recording }),
      });
    }
    const run = (...args: string[]) => earshot(['dead-letters', ...args, '--state', state]).ended;
    const listed = await run();
    assert.equal(listed.code, 0, listed.stderr);
    assert.deepEqual(listed.stdout.split('\n'), [
      `2025-01-02T00:00:00.000Z  ${keyOf(report)}  kitchen  Unexpected field \`kind\``,
      `2025-01-02T00:00:00.000Z  ${keyOf(turn)}  "kitchen\\n\\u001b[2J"  recording of 100 bytes  Unexpected field \`kind\``,
      '',
    ]);
    const nobody = await run('delete');
    assert.equal(nobody.code, 2);
    assert.match(nobody.stderr, /No record was given/);
    const unknown = await run('delete', 'turn-x');
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /There is no dead letter turn-x/);

    assert.deepEqual(JSON.parse((await run('delete', keyOf(report), '--json')).stdout), { deleted: [keyOf(report)] });
    assert.match((await run('retry', '--all')).stdout, /^1 records are in the queue again/);
    assert.equal((await run()).stdout, 'no dead letters\n');
    assert.deepEqual(readdirSync(deadLettersFolder(state)), []);
    const queue = openRecordQueue({
      ...{ files: recordFolder(queueFolder(state)), deadLetters: letters, limits: DEFAULT_LIMITS, log: silentLog },
    });
    assert.equal(queue.holdsRecording(keyOf(turn)), true);
    const entry = queue.next(turn.device);
    assert.ok(entry);
    assert.deepEqual(await queue.read(entry), turn);
  }));
