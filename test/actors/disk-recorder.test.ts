/**
 * The gateway's recordings of turns, in a separate folder.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createDiskRecorder, type DiskRecorderOptions } from '../../actors/session/disk-recorder.ts';
import { openSpoolFolder } from '../../actors/session/spool-folder.ts';
import { recordsFolder, spoolFolder } from '../../src/core/files/paths.ts';
import { DEFAULT_LIMITS } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { type AudioPacket, encodePacket as encoded } from '../../src/protocol/packet.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { finishedTurn, packetsOf } from '../support/finished-turn.ts';
import { recordedTurns } from '../support/recorded-turns.ts';
import { turnId } from '../support/records.ts';

const open = (state: string, options: Partial<DiskRecorderOptions> = {}) =>
  createDiskRecorder({ folder: recordsFolder(state), limits: DEFAULT_LIMITS, log: silentLog, ...options });

const FLAGS = { discontinuity: false, pcm: false, turn: 1 };
/** This many packets of one kilobyte each. */
const packets = (count: number, mark = 1): AudioPacket[] =>
  Array.from({ length: count }, (_, sequence) => {
    const frames = [new Uint8Array(1_000).fill(mark)];
    return { ...FLAGS, final: sequence === count - 1, sequence, timestamp: sequence * 320, frames };
  });

const turnOf = (device: string, n: number, kilobytes = 1) =>
  finishedTurn(packets(kilobytes, n), { id: turnId(n), device });

test('the same id of two devices is two turns, also after a restart', () =>
  inTemporaryFolder(async (state) => {
    const recorder = open(state);
    await recorder.record(finishedTurn(packets(1, 1), { id: turnId(1), device: 'kitchen' }));
    assert.equal(recorder.has('kitchen', turnId(1)), true);
    assert.equal(recorder.has('hall', turnId(1)), false);
    await recorder.record(finishedTurn(packets(1, 2), { id: turnId(1), device: 'hall' }));
    const frames = recordedTurns(state).map((turn) => [turn.device, turn.packets[0]?.at(-1)]);
    assert.deepEqual(frames.sort(), [
      ['hall', 2],
      ['kitchen', 1],
    ]);

    const restarted = open(state);
    assert.deepEqual(
      ['kitchen', 'hall', 'cellar'].map((device) => restarted.has(device, turnId(1))),
      [true, true, false],
    );
  }));

test('a device whose name is not a valid file name has its own folder inside the folder of recordings', () =>
  inTemporaryFolder(async (state) => {
    const recorder = open(state);
    const names = ['../../etc', '', '.', 'a/b', 'a_b', 'ä'.repeat(128), 'nul\u0000l', 'line\nfeed'];
    for (const [i, name] of names.entries()) await recorder.record(turnOf(name, i + 1));
    assert.deepEqual(
      recordedTurns(state)
        .map(({ device }) => device)
        .sort(),
      [...names].sort(),
    );
  }));

test('the same turn, delivered twice at the same time, is one record', () =>
  inTemporaryFolder(async (state) => {
    const recorder = open(state);
    await Promise.all([recorder.record(turnOf('kitchen', 1)), recorder.record(turnOf('kitchen', 1))]);
    await recorder.record(turnOf('kitchen', 1));
    assert.equal(recordedTurns(state).length, 1);
  }));

test('a long turn, which is in a file, becomes the record: complete, and without a second copy', () =>
  inTemporaryFolder(async (state) => {
    const recorder = open(state);
    const spools = openSpoolFolder({ folder: spoolFolder(state), memoryBytes: 32_768, log: silentLog });
    const turn = finishedTurn([], { id: turnId(1), device: 'kitchen' }, spools);
    const spokenPackets = packets(2_000);
    for (const packet of spokenPackets) {
      turn.audio.append(encoded(packet));
      if (turn.audio.isBehind) await turn.audio.caughtUp();
    }
    assert.equal(readdirSync(spoolFolder(state)).length, 1);
    await recorder.record(turn);
    assert.deepEqual(readdirSync(spoolFolder(state)), []);
    // It can still be read, as the cloud's recorder does.
    assert.equal((await packetsOf(turn)).length, 2_000);
    turn.audio.discard();
    const [record] = recordedTurns(state);
    assert.deepEqual([record?.packets.length, record?.truncated, record?.damagedBytes], [2_000, false, 0]);
    assert.deepEqual(record?.packets, spokenPackets.map(encoded));
  }));

describe('recordings that use too much of the disk', () => {
  /** A kilobyte of audio uses two blocks. */
  const limits = { recordingBytes: 80_000, deviceRecordingBytes: 40_960 };
  const recordedNumbers = (state: string) => recordedTurns(state).map(({ id }) => Number(id.slice(-4)));

  test('cause the removal of the oldest of the same device', () =>
    inTemporaryFolder(async (state) => {
      const recorder = open(state, { limits });
      for (let n = 1; n <= 8; n++) await recorder.record(turnOf('kitchen', n));
      await recorder.record(turnOf('hall', 9));
      await gone(state, 6);
      assert.deepEqual(recordedNumbers(state).sort(), [4, 5, 6, 7, 8, 9]);
      assert.equal(recorder.has('kitchen', turnId(3)), false);
    }));

  test('cause the removal of the oldest when all devices have the same amount, also of an earlier gateway', () =>
    inTemporaryFolder(async (state) => {
      const first = open(state, { limits });
      for (let n = 1; n <= 8; n++) {
        await first.record(turnOf(`device ${n % 4}`, n));
      }
      // With equal times their order would be undefined.
      for (const folder of readdirSync(recordsFolder(state))) {
        for (const name of readdirSync(join(recordsFolder(state), folder))) {
          const at = Number(name.slice(-9, -5));
          utimesSync(join(recordsFolder(state), folder, name), at, at);
        }
      }
      const second = open(state, { limits });
      await second.record(turnOf('kitchen', 9));
      await second.record(turnOf('kitchen', 10));
      await gone(state, 9);
      assert.deepEqual(
        recordedNumbers(state).sort((a, b) => a - b),
        [2, 3, 4, 5, 6, 7, 8, 9, 10],
      );
    }));

  test('cause the removal of the oldest of the device with the most: a device that fills the disk affects only itself', () =>
    inTemporaryFolder(async (state) => {
      const recorder = open(state, { limits });
      await recorder.record(turnOf('kitchen', 1));
      for (let n = 2; n <= 5; n++) await recorder.record(turnOf('flood', n));
      for (let n = 6; n <= 9; n++) await recorder.record(turnOf('another', n));
      for (let n = 10; n <= 20; n++) await recorder.record(turnOf(n % 2 ? 'flood' : 'another', n));
      await recorder.record(turnOf('hall', 21));
      await gone(state, 9);
      assert.ok(recorder.has('kitchen', turnId(1)));
      assert.ok(recorder.has('hall', turnId(21)));
    }));

  test('never cause the removal of one that the cloud does not have: the new one is refused', () =>
    inTemporaryFolder(async (state) => {
      const lacking = new Set([1, 2, 3, 4, 5].map(turnId));
      const isNeeded = (_device: string, id: string) => lacking.has(id);
      const recorder = open(state, { limits, isNeeded });
      for (let n = 1; n <= 5; n++) await recorder.record(turnOf('kitchen', n));
      await assert.rejects(recorder.record(turnOf('kitchen', 6)), { code: 'store_full' });
      assert.equal(recorder.has('kitchen', turnId(6)), false);
      // Another device has its own limit.
      await recorder.record(turnOf('hall', 7));
      lacking.delete(turnId(2));
      await recorder.record(turnOf('kitchen', 6));
      await gone(state, 6);
      assert.deepEqual(recordedNumbers(state).sort(), [1, 3, 4, 5, 6, 7]);
    }));

  test('are not removed when the limit is disabled', () =>
    inTemporaryFolder(async (state) => {
      const off = { recordingBytes: Number.POSITIVE_INFINITY, deviceRecordingBytes: Number.POSITIVE_INFINITY };
      const recorder = open(state, { limits: off });
      for (let n = 1; n <= 20; n++) await recorder.record(turnOf('kitchen', n));
      assert.equal(recordedNumbers(state).length, 20);
    }));
});

test('incomplete recordings of a gateway are removed when the next one starts', () =>
  inTemporaryFolder(async (state) => {
    const recorder = open(state);
    await recorder.record(turnOf('kitchen', 1));
    const [home = ''] = readdirSync(recordsFolder(state));
    writeFileSync(join(recordsFolder(state), home, `${turnId(2)}.turn.part`), 'half');
    mkdirSync(join(recordsFolder(state), 'nobody'));
    mkdirSync(spoolFolder(state));
    writeFileSync(join(spoolFolder(state), '7.spool'), 'half');
    open(state);
    openSpoolFolder({ folder: spoolFolder(state), memoryBytes: 1, log: silentLog });
    assert.deepEqual(readdirSync(recordsFolder(state)), [home]);
    assert.deepEqual(readdirSync(join(recordsFolder(state), home)), [`${turnId(1)}.turn`]);
    assert.deepEqual(readdirSync(spoolFolder(state)), []);
  }));

/** Files are removed in the background. */
async function gone(state: string, left: number): Promise<void> {
  await eventually(() => recordedTurns(state).length <= left, `there are ${left} records`);
}
