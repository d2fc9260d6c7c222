/**
 * A spool compared with its model: one contiguous block of memory.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { PACKET_AT, RetransmissionBuffer } from '../../actors/network/retransmission-buffer.ts';
import { openSpoolFolder } from '../../actors/session/spool-folder.ts';
import { createSpool, type Spool } from '../../src/core/files/spool.ts';
import { spoolFiles } from '../../src/core/files/spool-files.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { packetBytes, sequenceOf, writePacket } from '../../src/protocol/packet.ts';
import fc from '../support/fast-check.ts';

const folder = mkdtempSync(join(tmpdir(), 'earshot-spool-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const spools = openSpoolFolder({ folder, memoryBytes: 4_000, log: silentLog });
const files = () => readdirSync(folder).filter((name) => name.endsWith('.spool'));
const turn = () => new Promise((resolve) => setImmediate(resolve));

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('append' as const), bytes: fc.integer({ min: 1, max: 3_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('forget' as const), part: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('read' as const), part: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
);

/** Reads from a position to the end. */
async function readFrom(spool: Spool, at: number): Promise<number[]> {
  const bytes: number[] = [];
  while (at + bytes.length < spool.size) {
    const position = at + bytes.length;
    if (!spool.view(position)) await spool.load(position);
    const view = spool.view(position);
    assert.ok(view && view.length > 0);
    bytes.push(...view);
  }
  return bytes;
}

function append(spool: Spool, model: number[], bytes: number): void {
  const target = spool.reserve(bytes);
  for (let i = 0; i < bytes; i++) {
    target[i] = (model.length * 31) & 255;
    model.push(target[i] ?? 0);
  }
}

test('a spool returns what was appended, from memory or file, from any position that was not released', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const spool = spools.create(100);
      const model: number[] = [];
      let forgotten = 0;
      const place = (part: number) => Math.floor(forgotten + part * (model.length - forgotten));
      for (const each of steps) {
        if (each.kind === 'append') append(spool, model, each.bytes);
        else if (each.kind === 'wait') await turn();
        else if (each.kind === 'forget') {
          forgotten = place(each.part);
          spool.forget(forgotten);
        } else {
          const at = place(each.part);
          assert.deepEqual(await readFrom(spool, at), model.slice(at));
        }
        assert.equal(spool.size, model.length);
      }
      if (forgotten === 0) {
        const path = join(folder, 'saved');
        await spool.save(path);
        assert.deepEqual([...readFileSync(path)], model);
        assert.deepEqual(await readFrom(spool, 0), model, 'it can still be read');
      }
      spool.discard();
    }),
    { numRuns: 150 },
  );
  while (files().length > 0) await turn();
});

describe('a spool', () => {
  test('reuses memory, but not memory of which a view was returned', async () => {
    const [viewed, other] = [spools.create(100), spools.create(100)];
    append(viewed, [], 12_000);
    append(viewed, [], 3_000);
    append(viewed, [], 3_000);
    const view = viewed.view(12_000) as Uint8Array;
    const copy = [...view];
    append(viewed, [], 6_000);
    while (viewed.memoryFrom < 18_000) await turn();
    for (let i = 0; i < 20; i++) other.reserve(8_000).fill(9);
    assert.deepEqual([...view], copy);
    for (const each of [viewed, other]) each.discard();
    while (files().length > 0) await turn();
  });

  test('whose next packet waits while later ones go to the file returns that packet, not memory that was reused', async () => {
    const held = spools.create(100);
    const buffer = new RetransmissionBuffer(held);
    const write = (to: RetransmissionBuffer, frame: number, fill: number) => {
      const frames = [new Uint8Array(200).fill(fill)];
      const record = to.append(packetBytes(frames), frame, 1);
      const flags = { final: false, discontinuity: false, pcm: false };
      writePacket(
        record as Uint8Array,
        { ...flags, turn: 1, sequence: frame, timestamp: frame * 320, frames },
        PACKET_AT,
      );
    };
    for (let frame = 0; frame < 200; frame++) {
      write(buffer, frame, 1);
      buffer.take();
    }
    for (let frame = 200; frame < 600; frame++) write(buffer, frame, 1);
    while (held.memoryFrom < held.size - 10_000) await turn();
    const others = new RetransmissionBuffer(spools.create(100));
    for (let frame = 0; frame < 600; frame++) write(others, frame, 9);
    if (!buffer.peek()) await buffer.load();
    const packet = buffer.take() as Uint8Array;
    assert.equal(sequenceOf(packet), 200);
    assert.deepEqual([...packet.subarray(-200)], Array(200).fill(1));
    for (const each of [buffer, others]) each.discard();
    while (files().length > 0) await turn();
  });

  test('has no file while it is small, uses little memory when it is large, and leaves nothing behind', async () => {
    const spool = spools.create(100);
    const model: number[] = [];
    append(spool, model, 3_000);
    await turn();
    assert.deepEqual(files(), []);
    for (let i = 0; i < 1_000; i++) {
      append(spool, model, 500);
      if (spool.isBehind) await spool.caughtUp();
      assert.ok(spool.memoryBytes < 40_000, `${spool.memoryBytes}`);
    }
    assert.equal(files().length, 1);
    spool.discard();
    while (files().length > 0) await turn();
  });

  test('that is discarded during a write leaves nothing behind', async () => {
    for (let i = 0; i < 20; i++) {
      const spool = spools.create(100);
      const model: number[] = [];
      for (let piece = 0; piece < 5; piece++) append(spool, model, 3_000);
      if (i % 2 === 0) await turn();
      spool.discard();
    }
    await turn();
    while (files().length > 0) await turn();
  });

  test('whose disk fails reports it, and stays within its limit of memory', async () => {
    const options = { memoryBytes: 4_000, burstBytes: 50_000, onError() {} };
    const spool = createSpool({ files: spoolFiles, ...options, path: () => join(folder, 'no such folder', 'x') });
    const model: number[] = [];
    for (let i = 0; i < 200; i++) {
      append(spool, model, 1_000);
      await turn();
      assert.ok(spool.memoryBytes <= 51_000);
    }
    assert.equal(spool.isBehind, false, 'no wait is endless');
    await assert.rejects(spool.load(0), { code: 'store_failed' });
    await assert.rejects(spool.save(join(folder, 'never')), { code: 'store_failed' });
    assert.deepEqual(await readFrom(spool, spool.firstAt), model.slice(spool.firstAt));
    spool.discard();
  });

  test('whose disk is too slow loses the oldest bytes, and is never saved as complete', async () => {
    const spool = createSpool({
      files: spoolFiles,
      memoryBytes: 4_000,
      burstBytes: 50_000,
      path: () => join(folder, 'slow.spool'),
      onError() {},
    });
    const model: number[] = [];
    // All at once: the disk has had no time.
    for (let i = 0; i < 200; i++) append(spool, model, 1_000);
    assert.ok(spool.memoryBytes <= 51_000);
    assert.ok(spool.firstAt > 0);
    await assert.rejects(spool.save(join(folder, 'never')), { code: 'store_failed' });
    assert.deepEqual(await readFrom(spool, spool.firstAt), model.slice(spool.firstAt));
    spool.discard();
    while (files().length > 0) await turn();
  });
});

test('a spool that is discarded while it is read closes its file after the read', async () => {
  for (let i = 0; i < 20; i++) {
    const spool = spools.create(100);
    const model: number[] = [];
    do {
      append(spool, model, 3_000);
      await turn();
    } while (spool.view(0));
    const reads = [spool.load(0), spool.load(0)];
    spool.discard();
    assert.deepEqual(await Promise.allSettled(reads), [
      { status: 'fulfilled', value: undefined },
      { status: 'fulfilled', value: undefined },
    ]);
    await assert.rejects(spool.load(0), { code: 'internal' });
  }
  while (files().length > 0) await turn();
});
