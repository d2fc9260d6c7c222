/**
 * The gateway's own record of turns, in a folder of its own.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDiskRecorder } from '../../actors/session/disk-recorder.ts';
import type { SpokenTurn } from '../../actors/session/recorder.ts';
import { silentLog } from '../../src/log.ts';
import type { AudioPacket } from '../../src/protocol/packet.ts';
import { recordsFolder } from '../../src/state-folder.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import { recordedTurns } from '../support/recorded-turns.ts';

const ID = '01890a5d-ac96-774b-bcce-b302099a8057';

function spoken(device: string, frame: number): SpokenTurn {
  const flags = { final: true, discontinuity: false, pcm: false };
  const packets: AudioPacket[] = [{ ...flags, turn: 1, sequence: 0, timestamp: 0, frames: [Uint8Array.of(frame)] }];
  return { id: ID, device, trigger: 'key', startedAtMs: 1_700_000_000_000, offline: false, packets };
}

test('the same id of two devices is two turns, also after a restart', () =>
  inTemporaryFolder(async (state) => {
    const recorder = createDiskRecorder(recordsFolder(state), silentLog);
    await recorder.record(spoken('kitchen', 1));
    assert.equal(recorder.has('kitchen', ID), true);
    assert.equal(recorder.has('hall', ID), false);
    await recorder.record(spoken('hall', 2));
    const frames = recordedTurns(state).map(({ device, packets }) => [device, packets[0]?.at(-1)]);
    assert.deepEqual(frames.sort(), [
      ['hall', 2],
      ['kitchen', 1],
    ]);

    const restarted = createDiskRecorder(recordsFolder(state), silentLog);
    assert.deepEqual(
      ['kitchen', 'hall', 'cellar'].map((device) => restarted.has(device, ID)),
      [true, true, false],
    );
  }));

test('a name that no file can have is a device like any other, and stays in the folder', () =>
  inTemporaryFolder(async (state) => {
    const recorder = createDiskRecorder(recordsFolder(state), silentLog);
    const names = ['../../etc', '', '.', 'a/b', 'a_b', 'ä'.repeat(128), 'nul\u0000l', 'line\nfeed'];
    for (const [i, name] of names.entries()) await recorder.record(spoken(name, i + 1));
    assert.deepEqual(
      recordedTurns(state)
        .map(({ device }) => device)
        .sort(),
      [...names].sort(),
    );
  }));
