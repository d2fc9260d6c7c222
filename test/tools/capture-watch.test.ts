import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineCapture } from '../../actors/capture/capture.ts';
import { createCaptureWatch } from '../../actors/capture/capture-watch.ts';
import { captureHint } from '../../src/cli/terminal/capture-hint.ts';
import { createChannel } from '../../src/core/actor/channel.ts';
import type { SpeechEvent } from '../../src/core/actor/data-plane.ts';
import type { CaptureContract } from '../../src/core/contracts/index.ts';
import { fakeMicrophone } from '../support/fake-sound.ts';
import { settle, startActor } from '../support/run-actor.ts';
import { readSamples, SHORT_SPEECH } from '../support/speech.ts';

const speech = readSamples(SHORT_SPEECH);

/** The warnings for this recording, in blocks of this length. */
function warnings(
  samples: Int16Array,
  blockSamples = 1_024,
): Extract<CaptureContract['sends'], { type: 'capture.clipping' | 'capture.silence' }>[] {
  const said: Extract<CaptureContract['sends'], { type: 'capture.clipping' | 'capture.silence' }>[] = [];
  const watch = createCaptureWatch(1, (warning) => said.push(warning));
  for (let at = 0; at < samples.length; at += blockSamples) watch.add(samples.subarray(at, at + blockSamples));
  watch.finish();
  return said;
}

/** The smallest possible noise: one step up, one step down. */
const dithered = (samples: number, offset = 0) => Int16Array.from({ length: samples }, (_, i) => offset + (i % 2));

test('speech gives no warning', () => assert.deepEqual(warnings(speech), []));

test('a muted microphone is reported after two seconds, once, for any kind of zero', () => {
  for (const nothing of [new Int16Array(64_000), dithered(64_000), dithered(64_000, 500)]) {
    assert.deepEqual(warnings(nothing), [{ type: 'capture.silence', turn: 1, silentMs: 2_000 }]);
    assert.deepEqual(warnings(nothing, 320), [{ type: 'capture.silence', turn: 1, silentMs: 2_000 }]);
  }
});

test('a shorter turn is checked at its end; an accidental press is not', () => {
  assert.deepEqual(warnings(new Int16Array(16_000)), [{ type: 'capture.silence', turn: 1, silentMs: 1_000 }]);
  assert.deepEqual(warnings(new Int16Array(3_200)), []);
});

test('a pause is not reported as a muted microphone, not even one of zeros', () => {
  const paused = new Int16Array(speech.length + 64_000);
  paused.set(speech);
  assert.deepEqual(warnings(paused), []);
  const quiet = speech.map((sample) => sample / 200);
  assert.deepEqual(warnings(quiet), []);
});

test('a gain that is too high is reported once', () => {
  const loud = speech.map((sample) => Math.max(-32_768, Math.min(32_767, sample * 20)));
  assert.deepEqual(warnings(loud), [{ type: 'capture.clipping', turn: 1, runs: 5 }]);
  const click = speech.slice();
  click.fill(32_767, 100, 120);
  assert.deepEqual(warnings(click), []);
});

test('capture sends the warning as an event, once per turn', async () => {
  const microphone = fakeMicrophone();
  const channel = createChannel<SpeechEvent>({ name: 'speech', limit: 1_000, whenFull: 'drop-newest' });
  const actor = startActor(defineCapture({ openMicrophone: microphone.open, speech: channel }));
  for (const turn of [1, 2]) {
    actor.send({ type: 'capture.start', turn });
    await settle();
    microphone.handlers?.onSamples(new Int16Array(40_000), 0);
    assert.deepEqual(actor.sent.at(-1), { type: 'capture.silence', turn, silentMs: 2_000 });
    microphone.handlers?.onEnd();
  }
  assert.equal(actor.types().filter((type) => type === 'capture.silence').length, 2);
});

test('the hint fits the microphone', () => {
  const silence = { type: 'capture.silence', turn: 1, silentMs: 2_000 } as const;
  const clipping = { type: 'capture.clipping', turn: 1, runs: 5 } as const;
  assert.match(captureHint(silence, { backend: 'card' }).message, /microphone is muted/);
  assert.match(captureHint(silence, { backend: 'card' }).hint, /alsamixer/);
  assert.match(captureHint(clipping, { backend: 'card' }).hint, /Lower its gain/);
  assert.match(captureHint(clipping, { backend: 'wav', name: 'a.wav' }).hint, /earshot analyze a\.wav/);
});
