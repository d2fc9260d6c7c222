import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, test } from 'node:test';
import {
  type AtomicWriteOptions,
  replaceFile,
  replaceFileOn,
  replaceFileSync,
} from '../../src/core/files/atomic-write.ts';
import type { Disk } from '../../src/core/files/disk.ts';
import { inlineDisk } from '../../src/core/files/node-disk.ts';
import { runSteps } from '../../src/core/files/steps.ts';

const root = mkdtempSync(join(tmpdir(), 'earshot-atomic-'));
const path = join(root, 'file');
after(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  for (const name of readdirSync(root)) rmSync(join(root, name));
  writeFileSync(path, 'old');
});

const NEW = Buffer.from('new');
type Step = keyof Disk;

/** A disk that records its operations; the `failing`th step fails. */
function notingDisk(failing = Number.POSITIVE_INFINITY) {
  const done: Step[] = [];
  const note = <Args extends unknown[], Result>(step: Step, work: (...args: Args) => Result) => {
    return (...args: Args): Result => {
      // The cleanup after a failure does not fail.
      if (step !== 'close' && step !== 'remove' && done.length === failing) throw new Error(`no ${step}`);
      done.push(step);
      return work(...args);
    };
  };
  const disk: Disk = {
    ...inlineDisk,
    open: note('open', inlineDisk.open),
    write: note('write', inlineDisk.write),
    sync: note('sync', inlineDisk.sync),
    close: note('close', inlineDisk.close),
    rename: note('rename', inlineDisk.rename),
    remove: note('remove', inlineDisk.remove),
  };
  return { disk, done };
}

const FOLDER_SYNC: Step[] = ['open', 'sync', 'close'];
const STEPS: [AtomicWriteOptions['durable'], Step[]][] = [
  ['nothing', ['open', 'write', 'close', 'rename']],
  ['content', ['open', 'write', 'sync', 'close', 'rename']],
  ['all', ['open', 'write', 'sync', 'close', 'rename', ...FOLDER_SYNC]],
];

for (const [durable, steps] of STEPS) {
  describe(`a write with the durability ${durable}`, () => {
    test('syncs accordingly, the content before the rename', async () => {
      const { disk, done } = notingDisk();
      await runSteps(replaceFileOn(disk, path, NEW, { durable }));
      assert.deepEqual(done, steps);
      assert.equal(readFileSync(path, 'utf8'), 'new');
      assert.deepEqual(readdirSync(root), ['file']);
    });

    for (const [at, step] of steps.entries()) {
      if (step === 'close') continue;
      test(`that fails at step ${at + 1}, ${step}, leaves a complete file and no temporary one`, () => {
        const { disk } = notingDisk(at);
        assert.throws(() => runSteps(replaceFileOn(disk, path, NEW, { durable })), { message: `no ${step}` });
        assert.equal(readFileSync(path, 'utf8'), at > steps.indexOf('rename') ? 'new' : 'old');
        assert.deepEqual(readdirSync(root), ['file']);
      });
    }
  });
}

test('the result is the same synchronously and in the pool; a temporary file of an ended process is replaced', async () => {
  writeFileSync(`${path}.part`, 'much more that was never complete', { mode: 0o600 });
  replaceFileSync(path, NEW, { durable: 'all' });
  assert.equal(readFileSync(path, 'utf8'), 'new');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  writeFileSync(`${path}.part`, 'much more that was never complete', { mode: 0o600 });
  await replaceFile(path, Buffer.from('newer'), { durable: 'all' });
  assert.equal(readFileSync(path, 'utf8'), 'newer');
  assert.deepEqual(readdirSync(root), ['file']);
});

test('an existing file at the temporary path is not touched', () => {
  const beside = join(root, 'beside');
  writeFileSync(beside, 'of another program');
  assert.throws(() => replaceFileSync(path, NEW, { durable: 'nothing', beside }), { code: 'EEXIST' });
  assert.deepEqual([readFileSync(path, 'utf8'), readFileSync(beside, 'utf8')], ['old', 'of another program']);
});
