/**
 * The longest turn that a gateway accepts fits into the cloud, for any packets.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeRecording } from '../../actors/cloud/recording-file.ts';
import { openSpoolFolder, type Spools } from '../../actors/session/spool-folder.ts';
import { createUplinkReceiver } from '../../actors/session/uplink-receiver.ts';
import { DEFAULT_LIMITS } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { decodeOpusFile } from '../../src/core/ogg/opus-file.ts';
import { MAX_RECORDING_BYTES } from '../../src/protocol/bounds.ts';
import { type AudioPacket, encodePacket } from '../../src/protocol/packet.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import { finishedTurn } from '../support/finished-turn.ts';
import { turnId } from '../support/records.ts';

const FLAGS = { final: false, discontinuity: false, pcm: false, turn: 1 };

/** The maximum number of packets, with this many frames of this many bytes, with silence between them. */
async function longest(frames: number, bytes: number, pauseSamples: number, spools?: Spools) {
  const utterance = createUplinkReceiver(DEFAULT_LIMITS);
  const turn = finishedTurn([], { id: turnId(1) }, spools);
  let timestamp = 0;
  for (;;) {
    const part = Array.from({ length: frames }, () => new Uint8Array(bytes).fill(8));
    const packet: AudioPacket = { ...FLAGS, sequence: utterance.next, timestamp, frames: part };
    const wire = encodePacket(packet);
    if (utterance.add(packet, wire.length) !== 'new') return { turn, frames: utterance.next };
    turn.audio.append(wire);
    if (turn.audio.isBehind) await turn.audio.caughtUp();
    timestamp += frames * 320 + pauseSamples;
  }
}

describe('a recording of the longest turn', () => {
  const kinds: [string, number, number, number][] = [
    ['tiny frames, six to a packet', 6, 1, 0],
    ['a frame a packet', 1, 60, 0],
    ['frames of 100 kbit/s', 6, 250, 0],
    ['frames just beyond a segment of Ogg', 6, 255, 0],
    ['the largest frames', 6, 1_275, 0],
    ['the largest frames, and silence up to the end', 1, 1_275, 1_600],
    ['hardly more than silence', 1, 1, 16_000],
  ];
  for (const [what, frames, bytes, pause] of kinds) {
    test(`fits: ${what}`, async () => {
      const { turn } = await longest(frames, bytes, pause);
      const { file, durationMs } = await encodeRecording(turn);
      assert.ok(file.length <= MAX_RECORDING_BYTES, `${file.length} bytes`);
      assert.ok(durationMs <= DEFAULT_LIMITS.turnMs);
    });
  }

  test('is complete, also from a file', () =>
    inTemporaryFolder(async (folder) => {
      const spools = openSpoolFolder({ folder, memoryBytes: 32_768, log: silentLog });
      const { turn, frames } = await longest(3, 60, 0, spools);
      const { file, durationMs } = await encodeRecording(turn);
      turn.audio.discard();
      assert.equal(frames, 15_000);
      assert.equal(durationMs, 300_000);
      assert.equal(decodeOpusFile(file).packets.length, 15_000);
    }));

  test('is refused before it is confirmed if it is too large for the cloud, and in PCM', async () => {
    const large = finishedTurn([], { id: turnId(1) });
    for (let sequence = 0; sequence < 4_000; sequence++) {
      large.audio.append(
        encodePacket({ ...FLAGS, sequence, timestamp: sequence * 320, frames: [new Uint8Array(1_275)] }),
      );
    }
    await assert.rejects(encodeRecording(large), { code: 'turn_refused' });
    const pcm = { ...FLAGS, pcm: true, sequence: 0, timestamp: 0, frames: [new Uint8Array(640)] };
    await assert.rejects(encodeRecording(finishedTurn([pcm], { id: turnId(2) })), { code: 'turn_refused' });
  });
});
