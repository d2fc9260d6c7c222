/** What is computed from frames whose voice and level the test decides: each rule at its bound. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSpeechWatch, type SpeechWatch } from '../../actors/listening/speech-watch.ts';
import type { ActorDefinition } from '../../src/core/actor/actor.ts';
import type { Attention, ListenerContract } from '../../src/core/contracts/index.ts';
import { FRAME_MS, RECOMMENDED_FRAME_SIZE } from '../../src/protocol/format.ts';
import type { Patience } from '../../src/protocol/listening.ts';
import { settle, startActor } from '../support/run-actor.ts';
import { SimulatedClock, WALL_START_MS } from '../support/simulated-clock.ts';

/** Amplitudes: 100 is −50 dB of full scale. */
const ROOM = 100;
const PERSON = 3_000;

function watching(echo?: { residual: number; erleDb: number }) {
  const clock = new SimulatedClock();
  const detector = { opened: 0, closed: 0, frames: 0 };
  /** Where the next recording was told to begin. */
  const begins: (number | undefined)[] = [];
  let watch: SpeechWatch | undefined;
  const definition: ActorDefinition<ListenerContract> = (scope) => {
    watch = createSpeechWatch(
      {
        microphone: { beginNextAt: (atMs) => begins.push(atMs) },
        async openVoiceDetector() {
          detector.opened += 1;
          return {
            isVoice(frame) {
              detector.frames += 1;
              // An odd sample says so.
              return ((frame[0] ?? 0) & 1) === 1;
            },
            close() {
              detector.closed += 1;
            },
          };
        },
        echo,
        newId: (startedAtMs) => `id ${startedAtMs - WALL_START_MS}`,
      },
      scope,
    );
    return { receive() {}, stop: () => watch?.close() };
  };
  const actor = startActor(definition, clock);
  const found = watch as SpeechWatch | undefined;
  assert.ok(found);

  function hear(isVoice: boolean, ms: number, amplitude: number, lateMs = 0): void {
    const frame = new Int16Array(RECOMMENDED_FRAME_SIZE).fill(Math.floor(amplitude / 2) * 2 + (isVoice ? 1 : 0));
    for (let i = 0; i < ms / FRAME_MS; i++) {
      clock.increment(FRAME_MS);
      found?.add(frame, clock.now() - lateMs);
    }
  }
  return {
    ...{ actor, begins, clock, detector, watch: found },
    async attend(to: Attention, patience: Patience = 'quick') {
      found.attend(to, patience);
      await settle();
    },
    speak: (ms: number, amplitude = PERSON, lateMs = 0) => hear(true, ms, amplitude, lateMs),
    silence: (ms: number, amplitude = ROOM) => hear(false, ms, amplitude),
    take: () => actor.sent.splice(0),
    types: () => actor.sent.splice(0).map(({ type }) => type),
  };
}

test('a turn is recorded from 500 ms before its speech on, and not from within the speech before', async () => {
  const { attend, silence, speak, take, begins } = watching();
  await attend('speech');
  silence(1_000);
  speak(80);
  assert.deepEqual([take(), begins], [[], [undefined]]);
  speak(20);
  const start = { id: 'id 1000', trigger: 'voice', startedAtMs: WALL_START_MS + 1_000, atMs: 1_000 };
  assert.deepEqual(take(), [{ type: 'speech.started', ...start }]);
  await attend('end');
  speak(200);
  silence(340);
  assert.deepEqual(take(), []);
  silence(20);
  assert.deepEqual(take(), [{ type: 'speech.ended', atMs: 1_300, waitedMs: 360 }]);
  // Who goes on before anything else is attended to.
  speak(40);
  await attend('speech');
  silence(40);
  speak(100);
  assert.equal(take().length, 1);
  assert.deepEqual(begins, [undefined, 500, undefined, 1_300]);
});

test('the time of a turn is a whole number by the wall clock, whenever the block comes', async () => {
  const { attend, silence, speak, take } = watching();
  await attend('speech');
  silence(100);
  speak(100, PERSON, 0.4);
  const [started] = take();
  assert.ok(started?.type === 'speech.started');
  assert.deepEqual([started.atMs, started.startedAtMs], [99.6, WALL_START_MS + 100]);
});

test('a turn that a key began: its speech is looked for first, and its recording is not moved', async () => {
  const { attend, silence, speak, types, begins } = watching();
  await attend('end');
  silence(3_000);
  speak(80);
  assert.deepEqual(types(), []);
  speak(20);
  assert.deepEqual(types(), ['speech.started']);
  speak(60);
  silence(340);
  assert.deepEqual(types(), []);
  silence(20);
  assert.deepEqual([types(), begins], [['speech.ended'], []]);
  await attend('speech');
  silence(40);
  speak(100);
  assert.deepEqual(begins, [undefined, 3_160]);
});

test('whether somebody speaks is forgotten when something else than the end is attended to', async () => {
  const { attend, silence, speak, types } = watching();
  await attend('speech');
  speak(100);
  await attend('end');
  speak(100);
  for (const to of ['nothing', 'end'] as const) await attend(to);
  silence(3_000);
  assert.deepEqual(types(), ['speech.started']);
  await attend('speech');
  speak(100);
  assert.deepEqual(types(), ['speech.started']);
  for (const to of ['interruption', 'end'] as const) await attend(to);
  silence(3_000);
  assert.deepEqual(types(), []);
});

test('the patience may change while the end is awaited, and a hold is for this pause', async () => {
  const { attend, silence, speak, types, watch } = watching();
  await attend('speech');
  speak(100);
  await attend('end');
  silence(300);
  await attend('end', 'normal');
  silence(180);
  assert.deepEqual(types(), ['speech.started']);
  watch.hold(400);
  silence(380);
  assert.deepEqual(types(), []);
  silence(20);
  assert.deepEqual(types(), ['speech.ended']);
});

test('voice counts from 3 dB above the background on, which is learnt while nobody speaks', async () => {
  const { attend, silence, speak, types } = watching();
  await attend('speech');
  silence(1_200);
  // −48 and −47 dB.
  speak(120, 126);
  assert.deepEqual(types(), []);
  silence(500);
  speak(120, 142);
  assert.deepEqual(types(), ['speech.started']);
  await attend('end');
  // Longer than what is remembered of the background.
  speak(5_000);
  silence(360);
  await attend('speech');
  speak(120, 200);
  assert.deepEqual(types(), ['speech.ended', 'speech.started']);
});

test('what nobody said is the background from then on', async () => {
  const { attend, silence, speak, types, watch } = watching();
  await attend('speech');
  silence(1_200);
  speak(100, 200);
  await attend('end');
  speak(4_500, 200);
  silence(360);
  watch.refuse();
  assert.deepEqual(types(), ['speech.started', 'speech.ended']);
  await attend('speech');
  speak(600, 200);
  assert.deepEqual(types(), []);
  silence(100);
  speak(600);
  assert.deepEqual(types(), ['speech.started']);
});

test('for 30 s after a turn in which nobody spoke, a short sound begins none', async () => {
  const { attend, silence, speak, types, watch } = watching();
  await attend('speech');
  speak(100);
  await attend('end');
  speak(400);
  silence(360);
  watch.refuse();
  await attend('speech');
  silence(29_400);
  types();
  speak(100);
  silence(500);
  assert.deepEqual(types(), []);
  speak(100);
  assert.deepEqual(types(), ['speech.started']);
});

test('after two turns with less than 140 ms of voice in 10 s, a short sound begins none', async () => {
  for (const [voiceMs, apartMs, areUsual] of [
    [120, 0, true],
    [140, 0, false],
    [120, 10_000, false],
  ] as const) {
    const { attend, silence, speak, types } = watching();
    await attend('speech');
    silence(12_000);
    for (let turn = 0; turn < 2; turn++) {
      await attend('speech');
      silence(500);
      speak(100);
      await attend('end');
      speak(voiceMs);
      silence(360);
      await attend('nothing');
      assert.deepEqual(types(), ['speech.started', 'speech.ended']);
    }
    await attend('speech');
    silence(500 + apartMs);
    speak(100);
    silence(500);
    assert.equal(types().length === 0, areUsual, `${voiceMs} ms, ${apartMs} ms later`);
  }
});

test('short turns of a key count, too, each for itself', async () => {
  const { attend, silence, speak, types } = watching();
  for (let turn = 0; turn < 2; turn++) {
    await attend('end');
    silence(500);
    speak(220);
    silence(360);
    await attend('nothing');
  }
  types();
  for (const to of ['speech', 'end'] as const) {
    await attend(to);
    silence(500);
    speak(100);
    silence(500);
    assert.deepEqual(types(), [], to);
  }
});

test('over a reply soft voice counts, and the background is not learnt from it', async () => {
  const { attend, silence, speak, types, begins } = watching();
  await attend('speech');
  silence(1_200, 1_000);
  await attend('interruption');
  speak(100, ROOM);
  assert.deepEqual(types(), ['interruption.suspected']);
  silence(1_000, 10_000);
  assert.deepEqual(types(), ['interruption.dismissed']);
  silence(4_000, 10_000);
  speak(400, ROOM);
  assert.deepEqual(types(), ['interruption.suspected', 'interruption.confirmed']);
  assert.deepEqual(begins, [undefined, 1_200 + 100 + 5_000 - 500]);
  await attend('speech');
  speak(120, 2_000);
  assert.deepEqual(types(), ['speech.started']);
});

test('an interruption is followed by the end of what was said', async () => {
  const { attend, silence, speak, types } = watching();
  await attend('interruption');
  speak(400);
  await attend('end');
  silence(340);
  assert.deepEqual(types(), ['interruption.suspected', 'interruption.confirmed']);
  silence(20);
  assert.deepEqual(types(), ['speech.ended']);
});

test('how much must be left by the canceller, by how much it removes', async () => {
  for (const [erleDb, residual, suspects] of [
    [0, 0.1, false],
    [0, 0.101, true],
    [27, 0.0598, false],
    [27, 0.06, true],
    [60, 0.02, false],
    [60, 0.0201, true],
  ] as const) {
    const { attend, speak, types } = watching({ erleDb, residual });
    await attend('interruption');
    speak(100);
    assert.equal(types().length === 1, suspects, `${erleDb} dB, ${residual}`);
  }
});

test('frames do not go over a gap: after an interruption, or while nothing was attended to', async () => {
  for (const gap of ['interrupt', 'nothing'] as const) {
    const { attend, speak, take, watch, clock } = watching();
    await attend('speech');
    clock.increment(10);
    watch.add(new Int16Array(RECOMMENDED_FRAME_SIZE / 2), clock.now());
    if (gap === 'interrupt') watch.interrupt();
    else for (const to of ['nothing', 'speech'] as const) await attend(to);
    speak(100);
    const [started] = take();
    assert.ok(started?.type === 'speech.started' && started.atMs === 10, `${gap}: ${JSON.stringify(started)}`);
  }
});

test('the sound goes on when something else is attended to', async () => {
  const { attend, watch, clock, detector } = watching();
  for (const to of ['speech', 'end'] as const) {
    await attend(to);
    clock.increment(10);
    watch.add(new Int16Array(RECOMMENDED_FRAME_SIZE / 2), clock.now());
  }
  assert.equal(detector.frames, 1);
});

test('a block of a card has no whole frames: each ends where its last sample is', async () => {
  for (const to of ['speech', 'end'] as const) {
    const { attend, take, watch, clock } = watching();
    await attend(to);
    clock.increment(110);
    watch.add(new Int16Array(110 * 16).fill(PERSON + 1), clock.now());
    const [started] = take();
    assert.ok(started?.type === 'speech.started');
    assert.equal(started.atMs, 0);
  }
});

test('the detector is loaded once, when something is attended to, and closed at the end, also when it is loaded later', async () => {
  const { attend, speak, take, watch, detector, actor } = watching();
  for (const to of ['nothing', 'wake'] as const) await attend(to);
  speak(100);
  assert.deepEqual([detector.opened, detector.frames], [0, 0]);
  watch.attend('speech', 'quick');
  // Before it is there, nothing is heard.
  speak(100);
  await settle();
  for (const to of ['end', 'speech', 'wake', 'speech'] as const) await attend(to);
  speak(80);
  assert.deepEqual([detector.opened, detector.frames, take()], [1, 4, []]);
  actor.stop();
  speak(100);
  assert.deepEqual([detector.closed, detector.frames, take()], [1, 4, []]);

  const late = watching();
  late.watch.attend('speech', 'quick');
  late.actor.stop();
  await settle();
  late.speak(200);
  assert.deepEqual([late.detector.closed, late.detector.frames], [1, 0]);
});
