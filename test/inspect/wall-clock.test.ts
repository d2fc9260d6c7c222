/**
 * A device that starts in 1970 and gets the time later: earlier entries of the inspector show the true time, too.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog } from '../../src/core/log/log.ts';
import { type Entry, wallOffsetOf } from '../../src/observability/inspect/entries.ts';
import { createEntryLog } from '../../src/observability/inspect/entry-log.ts';
import { startFlightRecorder } from '../../src/observability/inspect/flight-recorder.ts';
import { readFlightRecording } from '../../src/observability/inspect/flight-recording.ts';
import { createTimeline } from '../../src/observability/inspect/page/timeline.ts';
import { startSampler } from '../../src/observability/inspect/sampler.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

const TRUE_MS = Date.UTC(2031, 4, 6, 7, 8, 9);

function inspect() {
  const clock = createVirtualClock(35_000);
  const entryLog = createEntryLog();
  const sampler = startSampler(entryLog.write, clock, clock.now);
  const mark = (text: string) => entryLog.write({ k: 'mark', t: clock.now(), level: 'info', text });
  return { clock, entryLog, sampler, mark };
}

const entriesOf = (lines: string[]) => lines.map((line) => JSON.parse(line) as Entry);

test('the page shows the true time of entries before the clock was set, in order, without a gap of 61 years', async () => {
  const { clock, entryLog, sampler, mark } = inspect();
  mark('before');
  const early = createTimeline(() => true);
  early.add(entriesOf(entryLog.history()));
  assert.equal(early.wallMs(early.startMs), 35_000);
  const { startMs } = early;
  await clock.run(10_000);
  clock.setWallClock(TRUE_MS);
  await clock.run(1_000);
  mark('after');
  const timeline = createTimeline(() => true);
  timeline.add(entriesOf(entryLog.history()));
  assert.equal(timeline.endMs - startMs, 11_000);
  assert.equal(timeline.wallMs(timeline.endMs), TRUE_MS + 1_000);
  assert.equal(timeline.wallMs(startMs), TRUE_MS - 10_000);
  sampler.stop();
});

test('a clock that is corrected in small steps is not recorded again', async () => {
  const { clock, entryLog, sampler } = inspect();
  for (let second = 0; second < 60; second++) {
    await clock.run(1_000);
    clock.setWallClock(clock.wallNow() + 0.5);
  }
  const readings = entriesOf(entryLog.history()).filter(({ k }) => k === 'clock');
  assert.equal(readings.length, 1);
  sampler.stop();
});

test('a recording has the right time: its name and its beginning are correct, whatever came before', () =>
  inTemporaryFolder(async (folder) => {
    const { clock, entryLog, sampler, mark } = inspect();
    const recorder = startFlightRecorder({ folder, role: 'device', entryLog, clock, log: silentLog });
    mark('before');
    clock.setWallClock(TRUE_MS);
    await clock.run(1_000);
    const path = await recorder.save('test');
    assert.equal(path, join(folder, '2031-05-06T07-08-10-test.ndjson'));
    const { entries } = await readFlightRecording(path);
    const before = entries.find((entry) => entry.k === 'mark');
    assert.ok(before && 't' in before);
    assert.equal(before.t + wallOffsetOf(entries), TRUE_MS);
    sampler.stop();
    await recorder.close();
  }));

test('a recording of the first version, whose times are dates already, is read unchanged', () => {
  const old: Entry[] = [{ k: 'mark', t: TRUE_MS, level: 'info', text: 'old' }];
  assert.equal(wallOffsetOf(old), 0);
  const timeline = createTimeline(() => false);
  timeline.add(old);
  assert.equal(timeline.wallMs(timeline.endMs), TRUE_MS);
});
