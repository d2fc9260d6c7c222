/**
 * The flight recorder: bounded on disk, saved after an error, complete after a crash, and correct: a replay of the
 * recorded events reaches the same states.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog } from '../../src/core/log/log.ts';
import { checkFlightRecording } from '../../src/observability/inspect/check.ts';
import { createEntryLog } from '../../src/observability/inspect/entry-log.ts';
import { lastRun, MAX_SAVED_FILES, startFlightRecorder } from '../../src/observability/inspect/flight-recorder.ts';
import { readFlightRecording } from '../../src/observability/inspect/flight-recording.ts';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

const files = (folder: string) => readdirSync(folder).sort();

function setUp(folder: string, segmentBytes?: number) {
  const clock = createVirtualClock();
  const entryLog = createEntryLog();
  const recorder = startFlightRecorder({
    folder,
    role: 'device',
    entryLog,
    clock,
    log: silentLog,
    ...(segmentBytes === undefined ? {} : { segmentBytes }),
  });
  const mark = (level: 'info' | 'error', text: string) => entryLog.write({ k: 'mark', t: clock.now(), level, text });
  return { clock, entryLog, recorder, mark };
}

test('two files alternate: the newest entries are always there, and never more than both files', () =>
  inTemporaryFolder(async (folder) => {
    const { clock, recorder, mark } = setUp(folder, 10_000);
    for (let i = 0; i < 500; i++) {
      mark('info', `${i} ${'x'.repeat(200)}`);
      if (i % 10 === 9) await clock.run(1_000);
    }
    // Resolves when the disk has everything.
    const { entries } = await readFlightRecording(await recorder.save('test'));
    const running = files(folder).filter((name) => name.startsWith('running'));
    const sizes = running.map((name) => statSync(join(folder, name)).size);
    assert.equal(sizes.length, 2);
    assert.ok(Math.max(...sizes) < 15_000, String(sizes));
    const texts = entries.map((entry) => (entry.k === 'mark' ? Number(entry.text.split(' ')[0]) : -1));
    assert.equal(texts.at(-1), 499);
    assert.ok(texts.length > 40 && texts.length < 130, `${texts.length} entries`);
    await recorder.close();
    assert.ok(!files(folder).some((name) => name.startsWith('running')));
  }));

test('unreadable files of an earlier run do not prevent saving and deleting others', () =>
  inTemporaryFolder(async (folder) => {
    mkdirSync(join(folder, 'running-device.before.ndjson'));
    writeFileSync(join(folder, 'running-device.ndjson'), 'x\n');
    mkdirSync(join(folder, '2020-01-01T00-00-00-a-folder.ndjson'));
    for (let i = 0; i < MAX_SAVED_FILES + 2; i++)
      writeFileSync(join(folder, `2021-01-01T00-00-${10 + i}-old.ndjson`), '');
    const { recorder } = setUp(folder);
    await recorder.close();
    const kept = files(folder).filter((name) => /^\d/.test(name));
    // A folder does not count, and stays.
    assert.equal(kept.length, MAX_SAVED_FILES + 1);
  }));

test('an error saves the entries before and after it, once for a series of errors', () =>
  inTemporaryFolder(async (folder) => {
    const { clock, recorder, mark } = setUp(folder);
    mark('info', 'before');
    mark('error', 'it broke');
    mark('error', 'and again');
    await clock.run(1_000);
    mark('info', 'after');
    await clock.run(2_000);
    const isKept = (name: string) => name.endsWith('-error.ndjson');
    const kept = await eventually(() => files(folder).find(isKept), 'the saved recording');
    const { entries } = await readFlightRecording(join(folder, kept));
    assert.deepEqual(
      entries.map((entry) => entry.k === 'mark' && entry.text),
      ['before', 'it broke', 'and again', 'after'],
    );
    await recorder.close();
    assert.equal(files(folder).filter(isKept).length, 1);
  }));

test('the number of saved files is bounded, too', () =>
  inTemporaryFolder(async (folder) => {
    const { clock, recorder } = setUp(folder);
    for (let i = 0; i < MAX_SAVED_FILES + 5; i++) {
      await recorder.save(`number ${i}`);
      await clock.run(1_100);
    }
    const kept = files(folder).filter((name) => /^\d{4}-/.test(name));
    assert.equal(kept.length, MAX_SAVED_FILES);
    assert.match(kept.at(-1) ?? '', new RegExp(`number-${MAX_SAVED_FILES + 4}`));
    await recorder.close();
  }));

test('a killed process loses a second at most; its recording is saved by the next one', () =>
  inTemporaryFolder(async (folder) => {
    const args = ['start', '--record', '--json', '--input', 'silence', '--output', 'null', '--state', folder];
    const line = earshot(args, { cwd: folder });
    const flight = join(folder, 'flight');
    const hasSample = (name: string) => readFileSync(join(flight, name), 'utf8').includes('"k":"sample"');
    await eventually(() => existsSync(flight) && files(flight).some(hasSample), 'a sample on disk');
    line.kill('SIGKILL');
    await line.ended;
    const next = earshot(args, { cwd: folder });
    await next.message(/the last run did not end by itself/);
    next.kill('SIGTERM');
    await next.ended;
    const kept = files(flight).find((name) => name.includes('crash'));
    assert.ok(kept, files(flight).join(', '));
    assert.ok((await readFlightRecording(join(flight, kept))).entries.some((entry) => entry.k === 'sample'));
  }));

test('a replay of a recorded turn reaches the same states; of a changed one it does not', () =>
  inTemporaryFolder(async (folder) => {
    const talk = await earshot(['start', '--once', '--record-audio', '--output', 'null', '--state', folder], {
      cwd: folder,
    }).ended;
    assert.equal(talk.code, 0, talk.stderr);
    const path = join(folder, 'flight', lastRun('device'));
    const { entries } = await readFlightRecording(path);
    const result = checkFlightRecording(entries);
    assert.deepEqual(result.mismatches, []);
    assert.ok(result.steps > 100, `${result.steps} steps`);
    assert.equal(result.machines.length, 16);
    for (const kind of ['packets', 'sample', 'turn', 'levels'])
      assert.ok(
        entries.some(({ k }) => k === kind),
        kind,
      );

    const said = await earshot(['replay', path, '--audio', join(folder, 'audio')]).ended;
    assert.equal(said.stdout.trim().split('\n').length, 2);
    const check = await earshot(['replay', path, '--check']).ended;
    assert.equal(check.code, 0);
    assert.match(check.stdout, /steps of 16 machines reach the states that were recorded/);

    const forged = readFileSync(path, 'utf8').replace('"value":"streaming"', '"value":"playing"');
    writeFileSync(join(folder, 'forged.ndjson'), forged);
    const caught = await earshot(['replay', join(folder, 'forged.ndjson'), '--check', '--json']).ended;
    assert.equal(caught.code, 1);
    const { mismatches } = JSON.parse(caught.stdout) as {
      mismatches: { actor: string; recorded: { value: string } }[];
    };
    assert.equal(mismatches[0]?.actor, 'conversation');
    assert.equal(mismatches[0]?.recorded.value, 'playing');
  }));

test('audio is not recorded without its option', () =>
  inTemporaryFolder(async (folder) => {
    await earshot(['start', '--once', '--record', '--output', 'null', '--state', folder], { cwd: folder }).ended;
    const { entries } = await readFlightRecording(join(folder, 'flight', lastRun('device')));
    const heads = entries.flatMap((entry) => (entry.k === 'packets' ? [...entry.up, ...entry.down] : []));
    assert.ok(heads.length > 50);
    assert.ok(heads.every((head) => head.length === 5));
    const refused = await earshot(['replay', join(folder, 'flight', lastRun('device')), '--audio', folder]).ended;
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /--record-audio/);
  }));

test('damaged and foreign files are distinguished', () =>
  inTemporaryFolder(async (folder) => {
    const { recorder, mark } = setUp(folder);
    mark('info', 'whole');
    const path = await recorder.save('test');
    await recorder.close();
    writeFileSync(path, `${readFileSync(path, 'utf8')}{"k":"mark","t":1,"lev`);
    const { entries, damagedLines } = await readFlightRecording(path);
    assert.deepEqual([entries.length, damagedLines], [1, 1]);
    writeFileSync(path, 'Dear diary\n');
    await assert.rejects(readFlightRecording(path), /is no recording/);
    await assert.rejects(readFlightRecording(join(folder, 'none')), /There is no file/);
  }));
