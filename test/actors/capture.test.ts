import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineCapture } from '../../actors/capture/capture.ts';
import { createChannel } from '../../src/core/actor/channel.ts';
import type { SpeechEvent } from '../../src/core/actor/data-plane.ts';
import { fakeMicrophone, UNPLUGGED } from '../support/fake-sound.ts';
import { settle, startActor } from '../support/run-actor.ts';

async function recording() {
  const microphone = fakeMicrophone();
  const speech = createChannel<SpeechEvent>({ name: 'speech', limit: 1_000, whenFull: 'drop-newest' });
  const speechEvents: SpeechEvent[] = [];
  speech.receive((event) => speechEvents.push(event));
  const actor = startActor(defineCapture({ openMicrophone: microphone.open, speech }));
  actor.send({ type: 'capture.start', turn: 1 });
  await settle();
  /** The card delivers a block that ends now. */
  const block = (samples: number) => microphone.handlers?.onSamples(new Int16Array(samples).fill(7), actor.clock.now());
  const frames = () => speechEvents.flatMap((event) => (event.type === 'frame' ? [event] : []));
  return { microphone, actor, speechEvents, frames, block };
}

test('blocks of 1,024 samples become exact frames on a monotonic sample clock', async () => {
  const { actor, frames, block } = await recording();
  for (let i = 0; i < 5; i++) {
    actor.clock.increment(64);
    block(1_024);
  }
  assert.equal(frames().length, 16);
  assert.ok(frames().every(({ samples }) => samples.length === 320));
  assert.deepEqual(
    frames().map(({ timestamp }) => timestamp),
    frames().map((_, i) => i * 320),
  );
  // The fourth frame of the first block is incomplete when the third is sent: 64 ms contain 3 frames.
  assert.equal(frames()[2]?.lastSampleAtMs, 60);
  assert.deepEqual(actor.sent, [{ type: 'capture.started', turn: 1, device: 'microphone 1', atMs: 20 }]);
});

test('the samples before the release are delivered; the rest of the last frame is silence', async () => {
  const { microphone, actor, speechEvents, frames, block } = await recording();
  actor.clock.increment(20);
  block(320);
  actor.clock.increment(10);
  actor.send({ type: 'capture.stop', turn: 1 });
  assert.equal(microphone.isOpen, true, 'the block with the last word is still expected');
  actor.clock.increment(10);
  block(100);
  assert.equal(microphone.isOpen, false);
  assert.equal(frames().length, 2);
  assert.deepEqual(speechEvents.at(-1), { type: 'end', turn: 1 });
  const ended = actor.sent.at(-1);
  assert.ok(ended?.type === 'capture.ended' && ended.reason === 'stopped' && ended.frames === 2);
});

test('a file ends by itself', async () => {
  const { microphone, actor, block } = await recording();
  block(320);
  microphone.handlers?.onEnd();
  const ended = actor.sent.at(-1);
  assert.ok(ended?.type === 'capture.ended' && ended.reason === 'end-of-file');
});

test('an abort closes at once, and nothing more is sent', async () => {
  const { microphone, actor, speechEvents, block } = await recording();
  actor.send({ type: 'capture.abort', turn: 1 });
  block(320);
  microphone.handlers?.onEnd();
  assert.equal(microphone.isOpen, false);
  assert.deepEqual([speechEvents, actor.sent], [[], []]);
});

test('an abort while the card is being opened leaves it closed', async () => {
  const microphone = fakeMicrophone();
  const speech = createChannel<SpeechEvent>({ name: 'speech', limit: 1, whenFull: 'drop-newest' });
  const actor = startActor(defineCapture({ openMicrophone: microphone.open, speech }));
  actor.send({ type: 'capture.start', turn: 1 });
  actor.send({ type: 'capture.abort', turn: 1 });
  await settle();
  assert.equal(microphone.isOpen, false);
  assert.deepEqual(actor.sent, []);
});

test('a card that cannot be opened fails the turn', async () => {
  const microphone = fakeMicrophone();
  microphone.failure = UNPLUGGED;
  const speech = createChannel<SpeechEvent>({ name: 'speech', limit: 1, whenFull: 'drop-newest' });
  const actor = startActor(defineCapture({ openMicrophone: microphone.open, speech }));
  actor.send({ type: 'capture.start', turn: 1 });
  await settle();
  assert.deepEqual(actor.sent, [{ type: 'capture.failed', turn: 1, error: UNPLUGGED.info }]);
});

test('a lost card is searched until it is back; the sample clock skips the missing samples', async () => {
  const { microphone, actor, frames, block } = await recording();
  actor.clock.increment(20);
  block(320);
  microphone.failure = UNPLUGGED;
  microphone.handlers?.onLost(UNPLUGGED);
  for (let second = 0; second < 3; second++) {
    actor.clock.increment(1_000);
    await settle();
  }
  microphone.failure = undefined;
  actor.clock.increment(1_000);
  await settle();
  assert.equal(microphone.opened, 2);
  actor.clock.increment(20);
  block(320);
  assert.deepEqual(
    frames().map(({ timestamp }) => timestamp),
    [0, 320 + 4_000 * 16],
  );
  assert.deepEqual(actor.types(), ['capture.started', 'capture.lost', 'capture.recovered']);
});

test('overflows are counted, and capture continues', async () => {
  const { microphone, actor, block } = await recording();
  block(320);
  microphone.handlers?.onOverflow();
  microphone.handlers?.onOverflow();
  block(320);
  microphone.handlers?.onEnd();
  const ended = actor.sent.at(-1);
  assert.ok(ended?.type === 'capture.ended' && ended.overflows === 2 && ended.frames === 2);
});

test('pre-roll has its true times, and does not count as a delay of the capture', async () => {
  const { microphone, actor, frames, block } = await recording();
  actor.clock.increment(1_000);
  actor.send({ type: 'capture.start', turn: 2 });
  await settle();
  actor.clock.increment(20);
  for (const atMs of [540, 560]) microphone.handlers?.onSamples(new Int16Array(320), atMs);
  block(320);
  microphone.handlers?.onEnd();
  assert.deepEqual(
    frames().map(({ lastSampleAtMs }) => lastSampleAtMs),
    [540, 560, 1_020],
  );
  const ended = actor.sent.at(-1);
  assert.ok(ended?.type === 'capture.ended');
  assert.deepEqual([ended.firstSampleAtMs, ended.lastSampleAtMs, ended.captureMs], [520, 1_020, 0]);
});
