/**
 * No sound leaves the audio actors before a trigger: minutes of speech and noise into the real pipeline, whatever the
 * listener attends to.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openVoiceDetector } from '../../actors/listening/voice-detector.ts';
import { runActor } from '../../src/core/actor/run-actor.ts';
import type { Attention, ContractTypes } from '../../src/core/contracts/index.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { type AudioPipeline, createAudioPipeline } from '../../src/device/audio/audio-pipeline.ts';
import { nativeAudio } from '../../src/device/audio/native-audio.ts';
import { fakeMicrophone, fakeSpeaker } from '../support/fake-sound.ts';
import { seededRandom } from '../support/random.ts';
import { settle } from '../support/run-actor.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';
import { LONG_SPEECH, readSamples } from '../support/speech.ts';

// In virtual time nothing may have to be loaded.
(await openVoiceDetector()).close();

const BLOCK_MS = 60;
const SPEECH = readSamples(LONG_SPEECH);
const HOUR_MS = 3_600_000;

function startPipeline() {
  const clock = new SimulatedClock();
  const card = fakeMicrophone();
  const random = seededRandom(1);
  let packets = 0;
  let engineHeardMs = 0;
  const pipeline = createAudioPipeline({
    openMicrophone: card.open,
    openSpeaker: fakeSpeaker().open,
    ...{ framesPerPacket: 3, playback: 'adaptive', encoder: 'adaptive', complexity: 0, clock, log: silentLog },
    ...nativeAudio(),
    loadNewId: async () => String,
    // It never hears its word.
    openWakeEngine: async () => ({
      push: (samples) => {
        engineHeardMs += samples.length / 16;
      },
      close() {},
    }),
    uplink: () => {
      packets += 1;
    },
  });
  const events: string[] = [];
  const start = <P extends ContractTypes>(name: keyof AudioPipeline['actors']) =>
    runActor<P>(
      name,
      pipeline.actors[name] as never,
      { clock, log: silentLog },
      ({ type }) => events.push(type),
      (error) => {
        throw error;
      },
    );
  const noise = Int16Array.from({ length: 16_000 * 3 }, () => Math.round((random.next() - 0.5) * 2_000));
  /** Speech and noise by turns, three seconds each. */
  const hear = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += BLOCK_MS) {
      clock.increment(BLOCK_MS);
      const sound = Math.floor(passed / 3_000) % 2 === 0 ? SPEECH : noise;
      const at = (passed * 16) % (sound.length - BLOCK_MS * 16);
      card.handlers?.onSamples(sound.subarray(at, at + BLOCK_MS * 16), clock.now());
    }
  };
  return {
    ...{ card, events, hear, pipeline },
    listener: start<{ receives: { type: string; [field: string]: unknown }; sends: { type: string } }>('listener'),
    capture: start<{ receives: { type: string; turn: number }; sends: { type: string } }>('capture'),
    encoder: start<{ receives: { type: string; turn: number }; sends: { type: string } }>('encoder'),
    packets: () => packets,
    engineHeardMs: () => engineHeardMs,
  };
}

async function attend(line: ReturnType<typeof startPipeline>, to: Attention): Promise<void> {
  line.listener.receive({ type: 'listener.attend', to, patience: 'normal' });
  await settle();
}

const SPOKEN_TO: Record<Attention, number> = {
  wake: HOUR_MS / 3,
  nothing: HOUR_MS / 6,
  speech: HOUR_MS / 6,
  end: HOUR_MS / 6,
  interruption: HOUR_MS / 6,
};

for (const [to, ms] of Object.entries(SPOKEN_TO)) {
  test(`${ms / 60_000} minutes in which it attends to ${to}: no packet before a trigger, and packets after it`, async () => {
    const line = startPipeline();
    line.listener.receive({ type: 'listener.open' });
    await settle();
    await attend(line, to as Attention);
    line.hear(ms);
    assert.equal(line.packets(), 0);
    assert.equal(line.card.isOpen, true);
    const queues = line.pipeline.readMetrics().queues;
    assert.equal(queues.find(({ name }) => name === 'speech')?.sent, 0, 'no frame was made');
    assert.ok((queues.find(({ name }) => name === 'pre-roll')?.depth ?? 0) <= 3_000, 'and no more than this is kept');
    line.capture.receive({ type: 'capture.start', turn: 1 });
    await settle();
    line.hear(1_000);
    assert.ok(line.packets() > 0, 'the test can fail');
    if (to === 'wake') assert.ok(line.engineHeardMs() >= ms);
    if (to === 'speech') assert.ok(line.events.includes('speech.started'));
  });
}

test('push to talk: in half an hour nothing is opened', async () => {
  const line = startPipeline();
  line.hear(HOUR_MS / 2);
  assert.deepEqual([line.card.opened, line.packets(), line.events], [0, 0, []]);
});

test('muted: nothing can record, whatever it is told', async () => {
  const line = startPipeline();
  line.pipeline.configure({ muted: true });
  line.listener.receive({ type: 'listener.open' });
  line.capture.receive({ type: 'capture.start', turn: 1 });
  await settle();
  line.hear(10_000);
  assert.deepEqual([line.card.opened, line.packets()], [0, 0]);
  assert.ok(line.events.includes('capture.failed'));
  line.pipeline.configure({ muted: false });
  line.capture.receive({ type: 'capture.start', turn: 2 });
  await settle();
  line.hear(1_000);
  assert.equal(line.card.isOpen, true);
  line.listener.receive({ type: 'listener.mute', muted: true });
  const before = line.packets();
  assert.ok(before > 0);
  line.hear(10_000);
  assert.deepEqual([line.card.isOpen, line.packets() - before <= 1], [false, true], 'at most what was encoded already');
});
