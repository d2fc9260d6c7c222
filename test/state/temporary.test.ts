/**
 * The files of a command in the system's folder for temporary files are closed to others while it runs, and deleted
 * when it has ended, in any way.
 */
import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';

const oursIn = (folder: string) => readdirSync(folder).filter((name) => name.startsWith('earshot-'));

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  test(`${signal} in a measurement: its temporary files are private, and deleted at the end`, () =>
    inTemporaryFolder(async (folder) => {
      const running = earshot(['latency', '--iterations', '1000'], { env: { TMPDIR: folder } });
      await eventually(() => oursIn(folder).length === 4, 'four temporary folders');
      for (const name of oursIn(folder)) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o700, name);
      running.kill(signal);
      await running.ended;
      assert.deepEqual(oursIn(folder), []);
    }));

test('a completed measurement leaves no files', () =>
  inTemporaryFolder(async (folder) => {
    const { code, stderr } = await earshot(['latency', '--iterations', '1'], { env: { TMPDIR: folder } }).ended;
    assert.equal(code, 0, stderr);
    assert.deepEqual(oursIn(folder), []);
  }));

test('a missing folder for temporary files is reported with a hint', () =>
  inTemporaryFolder(async (folder) => {
    const env = { TMPDIR: join(folder, 'nowhere') };
    const { code, stderr } = await earshot(['latency', '--iterations', '1'], { env }).ended;
    assert.equal(code, 1);
    assert.match(stderr, /No folder can be created in .*nowhere: .*Check TMPDIR/);
  }));
