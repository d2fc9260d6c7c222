import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOpusEncoder } from '../../actors/codec/opus.ts';
import { createStreamDecoder } from '../../actors/codec/opus-fec.ts';
import { createAdaptiveJitterBuffer } from '../../actors/playback/adaptive/adaptive.ts';
import type { JitterBuffer } from '../../actors/playback/jitter-buffer.ts';
import { definePlayer } from '../../actors/playback/player.ts';
import { withVolume } from '../../actors/playback/volume.ts';
import { createChannel } from '../../src/core/actor/channel.ts';
import type { DownlinkPacket } from '../../src/core/actor/data-plane.ts';
import { encodePacket } from '../../src/protocol/packet.ts';
import { fakeSpeaker } from '../support/fake-sound.ts';
import { settle, startActor } from '../support/run-actor.ts';
import { readSamples, SHORT_SPEECH } from '../support/speech.ts';

const speech = readSamples(SHORT_SPEECH);
const encoder = createOpusEncoder();
const frames = Array.from({ length: 100 }, (_, i) => encoder.encode(speech.subarray(i * 320, (i + 1) * 320)));

/** The player with the settings of the daemon, and packets of a reply with one frame each. */
async function reply(volumePercent = 100) {
  const speaker = fakeSpeaker();
  const downlink = createChannel<DownlinkPacket>({ name: 'downlink', limit: 200, whenFull: 'drop-oldest' });
  let buffer: JitterBuffer | undefined;
  const actor = startActor(
    definePlayer({
      openSpeaker: speaker.open,
      createDecoder: () => withVolume(createStreamDecoder(), () => volumePercent),
      createJitterBuffer(decoder) {
        buffer = createAdaptiveJitterBuffer(decoder, { mode: 'reply' });
        return buffer;
      },
      downlink,
    }),
  );
  actor.send({ type: 'player.open', turn: 1, minChunks: 3 });
  await settle();
  const arrive = (first: number, last: number, final = false) => {
    for (let at = first; at <= last; at++) {
      const head = { final: final && at === last, discontinuity: false, pcm: false, turn: 1 };
      const bytes = encodePacket({ ...head, sequence: at, timestamp: at * 320, frames: frames.slice(at, at + 1) });
      downlink.send({ turn: 1, arrivedAtMs: actor.clock.now(), bytes });
    }
  };
  const play = (ticks: number) => {
    const played: number[] = [];
    for (let i = 0; i < ticks; i++) {
      played.push(...speaker.demand());
      actor.clock.increment(10);
    }
    return played;
  };
  return { actor, arrive, play, stats: () => buffer?.stats() };
}

const levelOf = (samples: number[]) => Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);

test('a reply that was sent ahead is played from its first packet, complete and with its own length', async () => {
  const { actor, arrive, play, stats } = await reply();
  arrive(0, 0);
  play(1);
  assert.equal(actor.types()[0], 'player.started');
  arrive(1, 99, true);
  play(199);
  assert.ok(!actor.types().includes('player.drained'));
  play(1);
  const drained = actor.sent.at(-1);
  assert.ok(drained?.type === 'player.drained' && drained.concealedMs === 0 && drained.playedMs === 2_000);
  assert.equal(stats()?.outMs, 2_000);
});

test('a reply that stalls is stretched and concealed, and then continues at the same position', async () => {
  const { actor, arrive, play } = await reply();
  arrive(0, 9);
  play(40);
  assert.ok(actor.types().includes('player.underrun'));
  arrive(10, 49, true);
  play(120);
  assert.ok(actor.types().includes('player.resumed'));
  const drained = actor.sent.at(-1);
  assert.ok(drained?.type === 'player.drained' && drained.underruns === 1 && drained.playedMs === 1_000);
});

test('a lost frame is recovered from the copy in the next one, at any volume', async () => {
  const loud = await reply();
  const quiet = await reply(25);
  for (const { arrive } of [loud, quiet]) {
    arrive(0, 68);
    arrive(70, 99, true);
  }
  const ratio = levelOf(quiet.play(200)) / levelOf(loud.play(200));
  assert.equal(loud.stats()?.recoveredFrames, 1);
  assert.equal(quiet.stats()?.recoveredFrames, 1);
  assert.ok(ratio > 0.2 && ratio < 0.3);
});
