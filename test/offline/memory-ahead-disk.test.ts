/**
 * The disk that is written ahead in memory: nothing waits, a killed process loses nothing, and after a sync the disk has everything, whatever
 * fails.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openTurnStore } from '../../actors/offline/turn-store.ts';
import type { Disk } from '../../src/core/files/disk.ts';
import { memoryAheadDisk } from '../../src/core/files/memory-ahead-disk.ts';
import { inlineDisk, pooledDisk } from '../../src/core/files/node-disk.ts';
import type { MaybePromise } from '../../src/core/files/steps.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { turnDisk } from '../../src/device/turn-disk.ts';
import { endWithTests } from '../support/end-with-tests.ts';
import fc from '../support/fast-check.ts';
import { once } from '../support/in-time.ts';
import { makeMemoryFolder } from '../support/system-memory.ts';

let root: string;
let turns: string;
let memory: string;
let errors: string[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'earshot-ahead-'));
  [turns, memory] = [join(root, 'turns'), join(root, 'memory')];
  errors = [];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function ahead(more: { disk?: Partial<Disk>; memory?: Partial<typeof inlineDisk> } = {}): Disk {
  const disk = memoryAheadDisk({
    disk: { ...pooledDisk, ...more.disk },
    memory: { ...inlineDisk, ...more.memory },
    ...{ folder: memory, of: turns },
    onError: ({ code }, file) => errors.push(`${file}: ${code}`),
  });
  disk.openFolder(turns);
  return disk;
}

const content = (name: string, folder = turns) => readFileSync(join(folder, name), 'utf8');
const bytes = (text: string) => Buffer.from(text);

/** It waits for nothing. */
const add = (disk: Disk, fd: number, text: string, at: number) =>
  assert.equal(disk.write(fd, bytes(text), at), undefined);

async function written(disk: Disk, name: string, ...pieces: string[]): Promise<number> {
  const fd = await disk.open(join(turns, name), 'wx', 0o600);
  let at = 0;
  for (const piece of pieces) {
    add(disk, fd, piece, at);
    at += piece.length;
  }
  return fd;
}

test('the disk gets what was written with the next sync, and the memory is free when the file is closed', async () => {
  const writes: string[] = [];
  const disk = ahead({
    disk: {
      write(fd, piece, at) {
        writes.push(`${at}: ${Buffer.from(piece)}`);
        return pooledDisk.write(fd, piece, at);
      },
    },
  });
  const fd = await written(disk, 'a.turn', 'one', 'two');
  assert.equal(content('a.turn'), '');
  await disk.beginSync(fd);
  assert.equal(content('a.turn'), 'onetwo');
  add(disk, fd, 'three', 6);
  await disk.sync(fd);
  await disk.close(fd);
  assert.equal(content('a.turn'), 'onetwothree');
  assert.deepEqual(writes, ['0: onetwo', '6: three']);
  assert.deepEqual([readdirSync(memory), errors], [[], []]);
});

test('a later process completes the files of a killed one, and no others', async () => {
  const disk = ahead();
  const fd = await written(disk, 'a.turn', 'one');
  await disk.sync(fd);
  add(disk, fd, 'two', 3);
  await written(disk, 'removed.turn', 'gone');
  rmSync(join(turns, 'removed.turn'));
  writeFileSync(join(turns, 'other.turn'), 'other');
  // Killed here. The one after the next finds nothing to do.
  for (let i = 0; i < 2; i++) {
    ahead();
    assert.deepEqual(
      readdirSync(turns).map((name) => [name, content(name)]),
      [
        ['a.turn', 'onetwo'],
        ['other.turn', 'other'],
      ],
    );
    assert.deepEqual([readdirSync(memory), errors], [[], []]);
    rmSync(join(turns, 'other.turn'));
    writeFileSync(join(turns, 'other.turn'), 'other');
  }
  await disk.close(fd);
});

test('a folder that is opened again, or another one, does not touch the files that are open', async () => {
  const disk = ahead();
  const fd = await written(disk, 'a.turn', 'one');
  disk.openFolder(turns);
  disk.openFolder(join(root, 'aside'));
  add(disk, fd, 'two', 3);
  assert.equal(content('a.turn', memory), 'onetwo');
  await disk.sync(fd);
  await disk.close(fd);
  assert.equal(content('a.turn'), 'onetwo');
});

test('what waits is on the disk at once when the process is about to end, also beside a write that is under way', async () => {
  let finish = () => {};
  const held = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const disk = ahead({ disk: { write: (fd, piece, at) => held.then(() => pooledDisk.write(fd, piece, at)) } });
  const fd = await written(disk, 'a.turn', 'one');
  const syncing = disk.beginSync(fd);
  add(disk, fd, 'two', 3);
  disk.writeNow(fd, bytes('three'), 6);
  assert.deepEqual([content('a.turn'), content('a.turn', memory)], ['onetwothree', 'onetwothree']);
  add(disk, fd, 'four', 11);
  finish();
  await syncing;
  await disk.sync(fd);
  await disk.close(fd);
  assert.equal(content('a.turn'), 'onetwothreefour');
  assert.deepEqual(readdirSync(memory), []);
});

test('where the memory is full, the disk has the file from its beginning', async () => {
  let left = 2;
  const disk = ahead({
    memory: {
      write(fd, piece, at) {
        left -= 1;
        if (left < 0) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
        inlineDisk.write(fd, piece, at);
      },
    },
  });
  const fd = await written(disk, 'a.turn', 'one', 'two');
  await disk.write(fd, bytes('three'), 6);
  assert.equal(content('a.turn'), 'onetwothree');
  await disk.write(fd, bytes('four'), 11);
  assert.equal(content('a.turn'), 'onetwothreefour');
  await disk.sync(fd);
  await disk.close(fd);
  assert.equal(content('a.turn'), 'onetwothreefour');
  assert.deepEqual([readdirSync(memory), errors], [[], ['a.turn: store_full']]);
});

test('a write that fails is tried again with the next sync, and the error of the last one is reported', async () => {
  let failures = 1;
  const disk = ahead({
    disk: {
      async write(fd, piece, at) {
        if (failures-- > 0) throw Object.assign(new Error('no'), { code: 'EIO' });
        await pooledDisk.write(fd, piece, at);
      },
    },
  });
  const fd = await written(disk, 'a.turn', 'one');
  await disk.beginSync(fd);
  assert.equal(content('a.turn'), '');
  add(disk, fd, 'two', 3);
  await disk.sync(fd);
  assert.equal(content('a.turn'), 'onetwo');
  failures = 1;
  add(disk, fd, 'three', 6);
  await assert.rejects(async () => disk.sync(fd), { code: 'EIO' });
  await disk.close(fd);
  assert.deepEqual(readdirSync(memory), []);
});

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('write' as const), length: fc.integer({ min: 1, max: 50 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('begin sync', 'sync', 'write now', 'wait') }) },
);

test('whatever the order, memory and disk together have all that was written, and after a sync the disk has it', async () => {
  let file = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.boolean(), async (steps, isKilled) => {
      const disk = ahead();
      const name = `${++file}.turn`;
      const fd = await disk.open(join(turns, name), 'wx', 0o600);
      let model = '';
      const begun: MaybePromise<void>[] = [];
      for (const each of steps) {
        if (each.kind === 'write') {
          const piece = String.fromCharCode(97 + (model.length % 26)).repeat((each as { length: number }).length);
          add(disk, fd, piece, model.length);
          model += piece;
        } else if (each.kind === 'write now') disk.writeNow(fd, bytes(''), model.length);
        else if (each.kind === 'wait') await new Promise((resolve) => setImmediate(resolve));
        else if (each.kind === 'begin sync') begun.push(disk.beginSync(fd));
        else {
          await disk.sync(fd);
          assert.equal(content(name), model);
        }
      }
      if (isKilled) {
        await Promise.all(begun);
        ahead();
      } else {
        await Promise.all(begun);
        await disk.sync(fd);
        await disk.close(fd);
      }
      assert.equal(content(name), model);
      if (isKilled) await disk.close(fd);
      assert.deepEqual(readdirSync(memory), []);
    }),
    { numRuns: 60 },
  );
});

test('every packet that was said to be written is there after kill -9', async () => {
  const child = endWithTests(
    spawn(process.execPath, ['--import', 'tsx', here('killed-writer.ts'), turns, memory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  let said = '';
  child.stdout.on('data', (text: Buffer) => {
    said += text;
    if (said.split('\n').length > 40) child.kill('SIGKILL');
  });
  const [, signal] = await once(child, 'close');
  assert.equal(signal, 'SIGKILL');
  const sequences = said.split('\n').slice(0, -1).map(Number);
  const disk = ahead();
  const store = openTurnStore(disk, turns, { limit: 10, onDropped() {}, onDamaged: () => assert.fail('damaged') });
  const [id = ''] = await store.ids();
  const turn = await store.read(id);
  assert.ok((turn?.packets.length ?? 0) >= sequences.length, `${turn?.packets.length} of ${sequences.length}`);
  assert.deepEqual([readdirSync(memory), errors], [[], []]);
});

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

test('it is used with one thread, where the unit names a folder in memory', async () => {
  const options = { turns, log: silentLog };
  const isAhead = async (disk: Disk) => {
    rmSync(turns, { recursive: true, force: true });
    disk.openFolder(turns);
    const fd = await disk.open(join(turns, 'a.turn'), 'wx', 0o600);
    await disk.write(fd, bytes('one'), 0);
    const is = content('a.turn') === '';
    await disk.close(fd);
    return is;
  };
  const folder = makeMemoryFolder();
  try {
    const environment = { EARSHOT_MEMORY_FOLDER: folder };
    assert.equal(await isAhead(turnDisk({ ...options, threads: 'one', environment })), true);
    assert.equal(await isAhead(turnDisk({ ...options, threads: 'two', environment })), false);
    assert.equal(await isAhead(turnDisk({ ...options, threads: 'one', environment: {} })), false);
    for (const other of ['/proc/1', `${folder}/none`])
      assert.equal(
        await isAhead(turnDisk({ ...options, threads: 'one', environment: { EARSHOT_MEMORY_FOLDER: other } })),
        false,
      );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
