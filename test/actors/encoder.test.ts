import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineEncoder, type EncoderTuning } from '../../actors/codec/encoder.ts';
import { type EncoderSettings, SPECIFIED_SETTINGS } from '../../actors/codec/encoder-settings.ts';
import { createOpusEncoder } from '../../actors/codec/opus.ts';
import { createChannel } from '../../src/core/actor/channel.ts';
import type { SpeechEvent, UplinkPacket } from '../../src/core/actor/data-plane.ts';
import { startActor } from '../support/run-actor.ts';
import { readSamples, SHORT_SPEECH } from '../support/speech.ts';

const LOSSLESS = { lossPercent: 0, latenessMs: 5, roundTripMs: 20, backlogMs: 0 };
const samples = readSamples(SHORT_SPEECH);

/** A running encoder, and the settings of libopus at its creation and later. */
function encoder() {
  const speech = createChannel<SpeechEvent>({ name: 'speech', limit: 50, whenFull: 'drop-newest' });
  const tuning = createChannel<EncoderTuning>({ name: 'encoder tuning', limit: 8, whenFull: 'drop-oldest' });
  const packets: UplinkPacket[] = [];
  const made: EncoderSettings[] = [];
  const set: Partial<EncoderSettings>[] = [];
  const actor = startActor(
    defineEncoder({
      createEncoder(settings) {
        made.push(settings);
        const real = createOpusEncoder(settings);
        return {
          encode: real.encode,
          configure(next) {
            set.push(next);
            real.configure(next);
          },
        };
      },
      settings: () => SPECIFIED_SETTINGS,
      framesPerPacket: 3,
      speech,
      tuning,
      uplink: (packet) => packets.push(packet),
    }),
  );
  const speak = (turn: number, frames: number, from = 0) => {
    for (let i = from; i < from + frames; i++) {
      const at = i * 320;
      const frame = samples.slice(at, at + 320);
      speech.send({ type: 'frame', turn, timestamp: at, samples: frame, lastSampleAtMs: actor.clock.now() });
    }
  };
  return { actor, tuning, packets, made, set, speak };
}

test('on a link without loss FEC is switched off, during a turn and for the next ones', () => {
  const { actor, tuning, packets, made, set, speak } = encoder();
  speak(1, 3);
  for (let i = 0; i < 22; i++) {
    tuning.send({ type: 'report', report: LOSSLESS });
    actor.clock.increment(500);
  }
  assert.deepEqual(made, [SPECIFIED_SETTINGS]);
  assert.deepEqual(set, [{ ...SPECIFIED_SETTINGS, fec: false, packetLossPercent: 0 }]);
  speak(2, 3);
  assert.equal(made[1]?.fec, false);
  assert.equal(packets.length, 2);
});

test("the operator's bitrate is the upper limit", () => {
  const { actor, tuning, made, set, speak } = encoder();
  speak(1, 3);
  tuning.send({ type: 'settings', settings: { ...SPECIFIED_SETTINGS, bitrate: 16_000 } });
  assert.equal(set.at(-1)?.bitrate, 16_000);
  for (let i = 0; i < 100; i++) {
    tuning.send({ type: 'report', report: LOSSLESS });
    actor.clock.increment(500);
  }
  // A standing queue: the link carries less.
  for (let i = 1; i <= 8; i++) {
    tuning.send({ type: 'report', report: { ...LOSSLESS, backlogMs: i * 500 } });
    actor.clock.increment(500);
  }
  speak(2, 3);
  assert.equal(made[1]?.bitrate, 12_000);
});

test('in haste each frame is a packet of its own, for the time and in the turn that was told', () => {
  const { actor, packets, speak } = encoder();
  const frames = () => packets.splice(0).map((packet) => packet.frames);
  speak(1, 2);
  actor.send({ type: 'encoder.hasten', turn: 1, forMs: 100 });
  assert.deepEqual(frames(), []);
  speak(1, 3, 2);
  assert.deepEqual(frames(), [3, 1, 1]);
  actor.clock.increment(99);
  speak(1, 1, 5);
  assert.deepEqual(frames(), [1]);
  actor.clock.increment(1);
  speak(1, 3, 6);
  assert.deepEqual(frames(), [3]);
  actor.send({ type: 'encoder.hasten', turn: 1, forMs: 100 });
  speak(2, 3);
  assert.deepEqual(frames(), [3]);
});
