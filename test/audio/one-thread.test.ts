/**
 * The audio actors on the main thread (`--threads one`): they behave like those in a thread, and a crash affects one
 * actor only.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { supervised } from '../../machines/supervise.ts';
import type { ReceiverReport, UplinkPacket } from '../../src/core/actor/data-plane.ts';
import {
  type CaptureContract,
  captureContract,
  type EncoderContract,
  encoderContract,
  type PlayerContract,
  playerContract,
} from '../../src/core/contracts/index.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import type { Threads } from '../../src/device/audio/audio-thread.ts';
import { createInProcessAudio } from '../../src/device/audio/in-process-audio.ts';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { fakeParent } from '../support/fake-parent.ts';
import { readSamples, SHORT_SPEECH } from '../support/speech.ts';
import { AUDIO_SETTINGS } from './audio-settings.ts';

interface Turn {
  outcome: string;
  states: string[];
  sent: { frames: number; bytes: number };
  reply: { frames: number; ms: number };
}

async function runTurn(threads: Threads): Promise<{ turn: Turn; samples: number }> {
  return inTemporaryFolder(async (folder) => {
    const output = join(folder, 'reply.wav');
    const files = ['--input', SHORT_SPEECH, '--output', output];
    const { code, stdout, stderr } = await earshot(['start', '--once', '--json', '--threads', threads, ...files]).ended;
    assert.equal(code, 0, stderr);
    return { turn: JSON.parse(stdout) as Turn, samples: readSamples(output).length };
  });
}

test('a turn on one thread is the same as on two', async () => {
  const [two, one] = [await runTurn('two'), await runTurn('one')];
  // Not whether it is stored: the command ends with the reply, and the confirmation may come after it.
  const told = ({ turn: { outcome, states, sent, reply } }: typeof one) => ({
    ...{ outcome, states },
    ...{ frames: sent.frames, bytes: sent.bytes, repliedFrames: reply.frames, repliedMs: reply.ms },
  });
  assert.deepEqual(told(one), told(two));
  assert.equal(one.turn.outcome, 'done');
  assert.ok(one.samples > 16_000);
});

test('an actor that crashes on the main thread is restarted alone, and the others continue', async () => {
  const packets: UplinkPacket[] = [];
  const host = createInProcessAudio({
    settings: AUDIO_SETTINGS,
    uplink: (packet) => packets.push(packet),
    log: silentLog,
  });
  const capture = fakeParent<CaptureContract>(
    supervised(captureContract, host.actor<CaptureContract>('capture')),
    systemClock,
  );
  const encoder = fakeParent<EncoderContract>(
    supervised(encoderContract, host.actor<EncoderContract>('encoder')),
    systemClock,
  );
  const player = fakeParent<PlayerContract>(
    supervised(playerContract, host.actor<PlayerContract>('player')),
    systemClock,
  );
  const receivedTypes = ({ received }: { received: { type: string }[] }) => received.map(({ type }) => type);
  player.send({ type: 'player.open', turn: 1, minChunks: 3 });
  capture.send({ type: 'capture.start', turn: 1 });
  await eventually(() => packets.length >= 5, 'packets');
  host.onReceiverReport(undefined as unknown as ReceiverReport); // not permitted by the types, and invalid for the encoder
  await eventually(() => receivedTypes(capture).includes('capture.ended'), 'the end of the recording');
  await eventually(() => receivedTypes(encoder).includes('encoder.finished'), 'the last packet');
  assert.deepEqual(
    receivedTypes(encoder).filter((type) => type.startsWith('actor.')),
    ['actor.restarting', 'actor.restarted'],
  );
  assert.ok(packets.length > 20, `${packets.length} packets`);
  for (const other of [capture, player]) assert.ok(!receivedTypes(other).some((type) => type.startsWith('actor.')));
  for (const parent of [capture, encoder, player]) parent.stop();
  assert.equal(await host.close(), true);
});
