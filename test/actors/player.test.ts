import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOpusDecoder, createOpusEncoder } from '../../actors/codec/opus.ts';
import { createFixedJitterBuffer } from '../../actors/playback/fixed.ts';
import { definePlayer } from '../../actors/playback/player.ts';
import { createChannel } from '../../src/core/actor/channel.ts';
import type { DownlinkPacket } from '../../src/core/actor/data-plane.ts';
import { EarshotError } from '../../src/core/errors.ts';
import { MAX_PLAYBACK_BUFFER } from '../../src/protocol/format.ts';
import { encodePacket } from '../../src/protocol/packet.ts';
import { fakeSpeaker, UNPLUGGED } from '../support/fake-sound.ts';
import { settle, startActor } from '../support/run-actor.ts';
import { readSamples, SHORT_SPEECH } from '../support/speech.ts';

const speech = readSamples(SHORT_SPEECH);
const encoder = createOpusEncoder();
const frames = Array.from({ length: 30 }, (_, i) => encoder.encode(speech.subarray(i * 320, (i + 1) * 320)));

async function reply(outputLatencyMs = 0, minChunks = 3) {
  const speaker = fakeSpeaker(outputLatencyMs);
  const downlink = createChannel<DownlinkPacket>({ name: 'downlink', limit: 50, whenFull: 'drop-oldest' });
  const actor = startActor(
    definePlayer({
      openSpeaker: speaker.open,
      createDecoder: createOpusDecoder,
      createJitterBuffer: (decoder, chunks) => createFixedJitterBuffer(decoder, { minChunks: chunks }),
      downlink,
    }),
  );
  actor.send({ type: 'player.open', turn: 1, minChunks });
  await settle();
  const arrive = (chunk: number, final = false, turn = 1) =>
    downlink.send({
      turn,
      arrivedAtMs: actor.clock.now(),
      bytes: encodePacket({
        final,
        discontinuity: false,
        pcm: false,
        turn,
        sequence: chunk * 3,
        timestamp: chunk * 960,
        frames: [0, 1, 2].map((i) => frames[(chunk * 3 + i) % frames.length] ?? new Uint8Array(1)),
      }),
    });
  const play = (ticks: number) => {
    const played: number[] = [];
    for (let i = 0; i < ticks; i++) {
      played.push(...speaker.demand());
      actor.clock.increment(10);
    }
    return played;
  };
  return { speaker, actor, arrive, play };
}

const isSilent = (samples: number[]) => samples.every((sample) => sample === 0);

test('playback starts with the third chunk, not earlier', async () => {
  const { actor, arrive, play } = await reply();
  arrive(0);
  arrive(1);
  assert.ok(isSilent(play(5)));
  assert.equal(actor.sent.length, 0);
  arrive(2);
  assert.ok(!isSilent(play(5)));
  const started = actor.sent[0];
  assert.ok(started?.type === 'player.started' && started.bufferedMs === 50 && started.decodeMs >= 0);
});

test('a short reply starts with its FINAL packet', async () => {
  const { actor, arrive, play } = await reply();
  arrive(0, true);
  play(7);
  assert.deepEqual(actor.types(), ['player.started', 'player.draining', 'player.drained']);
});

test('an empty buffer gives silence, is counted, and ends', async () => {
  const { actor, arrive, play } = await reply(0, 1);
  arrive(0);
  play(6);
  assert.ok(isSilent(play(4)));
  arrive(1, true);
  play(7);
  assert.deepEqual(actor.types(), [
    'player.started',
    'player.underrun',
    'player.draining',
    'player.resumed',
    'player.drained',
  ]);
  const drained = actor.sent.at(-1);
  assert.ok(drained?.type === 'player.drained' && drained.underruns === 1 && drained.concealedMs === 40);
  assert.equal(drained.playedMs, 120);
});

test('a reply is over when the card has played its last sample', async () => {
  const { speaker, actor, arrive, play } = await reply(50);
  arrive(0, true);
  play(7);
  assert.ok(!actor.types().includes('player.drained'));
  assert.equal(speaker.isOpen, true);
  play(4);
  assert.ok(!actor.types().includes('player.drained'));
  play(1);
  assert.equal(actor.types().at(-1), 'player.drained');
  assert.equal(speaker.isOpen, false);
});

test('an abort gives silence at once, and no packet of the turn is played any more', async () => {
  const { speaker, actor, arrive, play } = await reply(0, 1);
  arrive(0);
  play(3);
  actor.send({ type: 'player.abort', turn: 1 });
  assert.equal(speaker.isOpen, false);
  arrive(1);
  const aborted = actor.sent.at(-1);
  assert.ok(aborted?.type === 'player.aborted' && aborted.playedMs === 30);
});

test('packets of another turn are not played', async () => {
  const { arrive, play } = await reply(0, 1);
  arrive(0, true, 9);
  assert.ok(isSilent(play(3)));
});

test('a speaker that cannot be opened fails the turn', async () => {
  const speaker = fakeSpeaker();
  speaker.failure = UNPLUGGED;
  const actor = startActor(
    definePlayer({
      openSpeaker: speaker.open,
      createDecoder: createOpusDecoder,
      createJitterBuffer: (decoder, minChunks) => createFixedJitterBuffer(decoder, { minChunks }),
      downlink: createChannel({ name: 'downlink', limit: 1, whenFull: 'drop-oldest' }),
    }),
  );
  actor.send({ type: 'player.open', turn: 1, minChunks: 3 });
  await settle();
  assert.deepEqual(actor.sent, [{ type: 'player.failed', turn: 1, error: UNPLUGGED.info }]);
});

test('a lost card is opened again, and the reply goes on', async () => {
  const { speaker, actor, arrive, play } = await reply(0, 1);
  arrive(0);
  play(1);
  speaker.handlers?.onLost(UNPLUGGED);
  actor.clock.increment(1_000);
  await settle();
  assert.equal(speaker.opened, 2);
  assert.ok(!isSilent(play(3)));
  assert.deepEqual(actor.types(), ['player.started', 'player.lost', 'player.recovered']);
});

test('a file that cannot be written any more fails the reply at once: it does not come back by itself', async () => {
  const { speaker, actor, arrive, play } = await reply(0, 1);
  arrive(0);
  play(1);
  const full = new EarshotError('file_unwritable', 'The disk is full', 'Free some space.');
  speaker.handlers?.onLost(full);
  actor.clock.increment(10_000);
  await settle();
  assert.equal(speaker.opened, 1);
  assert.deepEqual(actor.sent.at(-1), { type: 'player.failed', turn: 1, error: full.info });
});

test('a frame that is not Opus does not stop the reply', async () => {
  const { actor, arrive, play } = await reply(0, 1);
  frames[1] = Uint8Array.of(0xff, 0xff, 0xff);
  arrive(0, true);
  play(7);
  assert.deepEqual(actor.crashes, []);
  assert.equal(actor.types().at(-1), 'player.drained');
});

test('a full buffer drops new packets, reports it once, and counts them', async () => {
  const { actor, arrive, play } = await reply(0, 1);
  for (let chunk = 0; chunk < MAX_PLAYBACK_BUFFER + 5; chunk++) arrive(chunk);
  const overflows = actor.sent.filter((event) => event.type === 'player.overflow');
  assert.deepEqual(overflows, [{ type: 'player.overflow', turn: 1, droppedFrames: 3 }]);
  actor.send({ type: 'player.abort', turn: 1 });
  const aborted = actor.sent.at(-1);
  assert.ok(aborted?.type === 'player.aborted' && aborted.droppedFrames === 15);
  play(1);
});
