import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EchoState } from '../../actors/echo/echo-state.ts';
import { defineListener } from '../../actors/listening/listener.ts';
import { createMuteGate } from '../../actors/listening/mute-gate.ts';
import { createSharedMicrophone } from '../../actors/listening/shared-microphone.ts';
import { openVoiceDetector } from '../../actors/listening/voice-detector.ts';
import type { OpenWakeEngine, WakeWord } from '../../actors/listening/wake-engine.ts';
import type { Attention } from '../../src/core/contracts/index.ts';
import { EarshotError } from '../../src/core/errors.ts';
import { silentLog } from '../../src/core/log/log.ts';
import type { Patience } from '../../src/protocol/listening.ts';
import { fakeMicrophone, UNPLUGGED } from '../support/fake-sound.ts';
import { settle, startActor } from '../support/run-actor.ts';
import { SimulatedClock, WALL_START_MS } from '../support/simulated-clock.ts';
import { LONG_SPEECH, readSamples, SHORT_SPEECH } from '../support/speech.ts';
import { testScope } from '../support/test-scope.ts';

// Later ones are there at once.
(await openVoiceDetector()).close();

const SPEECH = readSamples(SHORT_SPEECH);
/** Six of them at once, not near. */
const TALKERS = (() => {
  const speech = readSamples(LONG_SPEECH);
  const talker = (i: number, k: number) => speech[(i + k * 17_000) % speech.length] ?? 0;
  return speech.map((_, i) => Math.round([0, 1, 2, 3, 4, 5].reduce((sum, k) => sum + talker(i, k), 0) / 12));
})();
const SPEECH_MS = SPEECH.length / 16;

interface Options {
  echo?: EchoState;
  openWakeEngine?: OpenWakeEngine;
}

/** `converge`: the echo canceller has converged, or no longer. */
function echoWith(residual: number) {
  let tell: ((state: EchoState) => void) | undefined;
  const echo = {
    ...{ isConverged: false, erleDb: 0, residual },
    onChange(listener: typeof tell) {
      tell = listener;
    },
    converge(isConverged: boolean, erleDb: number) {
      Object.assign(echo, { isConverged, erleDb });
      tell?.(echo);
    },
  };
  return echo;
}

function listening(options: Options = {}) {
  const clock = new SimulatedClock();
  const card = fakeMicrophone();
  const gate = createMuteGate(card.open);
  const microphone = createSharedMicrophone({ openMicrophone: gate.open, clock, log: silentLog });
  const loadNewId = async () => (startedAtMs: number) => `id ${startedAtMs - WALL_START_MS}`;
  const actor = startActor(defineListener({ microphone, gate, openVoiceDetector, loadNewId, ...options }), clock);
  const pass = (samples: Int16Array, afterBlock = () => {}) => {
    for (let at = 0; at < samples.length; at += 320) {
      clock.increment(20);
      card.handlers?.onSamples(samples.subarray(at, at + 320), clock.now());
      afterBlock();
    }
  };
  return {
    ...{ card, gate, microphone, actor, clock },
    async open() {
      actor.send({ type: 'listener.open' });
      await settle();
    },
    async attend(to: Attention, patience: Patience = 'normal') {
      actor.send({ type: 'listener.attend', to, patience });
      await settle();
    },
    hear: pass,
    speak: (afterBlock?: () => void, ms = SPEECH_MS) => pass(SPEECH.subarray(0, ms * 16), afterBlock),
    silence: (ms: number) => pass(new Int16Array(ms * 16)),
    async pass(ms: number) {
      clock.increment(ms);
      await settle();
    },
    /** As a turn does: `fromMs` is its first sample. */
    async record() {
      const recorded: { fromMs?: number } = {};
      const handlers = {
        onSamples: (samples: Int16Array, lastSampleAtMs: number) => {
          recorded.fromMs ??= lastSampleAtMs - samples.length / 16;
        },
        ...{ onEnd() {}, onOverflow() {}, onLost() {} },
      };
      await microphone.record(handlers, testScope(clock));
      return recorded;
    },
    /** The last event, without those before. */
    take: () => actor.sent.splice(0),
  };
}

test('speech begins and ends; a recording of it begins before it', async () => {
  const line = listening();
  await line.open();
  await line.attend('speech');
  line.silence(1_000);
  assert.deepEqual(line.take(), [{ type: 'listener.opened', device: 'microphone 1' }]);
  line.speak(undefined, 1_500);
  const [started, ...others] = line.take();
  assert.ok(started?.type === 'speech.started');
  assert.deepEqual(others, [], 'it is reported once');
  const { atMs, id, startedAtMs, trigger } = started;
  assert.ok(atMs >= 1_000 && atMs < 1_000 + SPEECH_MS / 2, `${atMs}`);
  assert.deepEqual(
    { id, startedAtMs, trigger },
    { id: `id ${atMs}`, startedAtMs: WALL_START_MS + atMs, trigger: 'voice' },
  );

  const recorded = await line.record();
  await line.attend('end');
  line.silence(800);
  assert.equal(recorded.fromMs, atMs - 500);
  const [ended, ...rest] = line.take();
  assert.ok(ended?.type === 'speech.ended');
  assert.ok(ended.waitedMs >= 500 && ended.atMs <= 1_000 + SPEECH_MS, `${JSON.stringify(ended)} ${SPEECH_MS}`);
  assert.deepEqual(rest, []);
});

test('who goes on after a short pause: the recording of the rest begins where the first part has ended', async () => {
  const line = listening();
  await line.open();
  await line.attend('speech', 'quick');
  line.silence(1_000);
  line.speak(undefined, 2_000);
  const started = line.take().at(-1);
  assert.ok(started?.type === 'speech.started');
  await line.attend('end', 'quick');
  while (!line.actor.types().includes('speech.ended')) line.silence(20);
  const ended = line.take().at(-1);
  assert.ok(ended?.type === 'speech.ended');
  await line.attend('speech', 'quick');
  const from = (started.atMs - 1_000) * 16;
  line.hear(SPEECH.subarray(from, from + 400 * 16));
  const rest = line.take().at(-1);
  assert.ok(rest?.type === 'speech.started');
  assert.ok(rest.atMs - 500 < ended.atMs, 'the pause is shorter than what is recorded before speech');
  const recorded = await line.record();
  line.silence(20);
  const { fromMs = 0 } = recorded;
  assert.ok(fromMs >= ended.atMs && fromMs <= rest.atMs, `from ${fromMs} on, not ${ended.atMs} to ${rest.atMs}`);
});

test('speech that nobody has recorded is not in the recording of a later turn', async () => {
  const line = listening();
  await line.open();
  await line.attend('speech');
  line.silence(1_000);
  line.speak(undefined, 1_500);
  assert.equal(line.take().at(-1)?.type, 'speech.started');
  await line.attend('nothing');
  await line.attend('speech');
  const recorded = await line.record();
  line.silence(20);
  assert.equal(recorded.fromMs, 2_500);
});

test('a turn that was begun by a key or the wake word ends only after something was said', async () => {
  const line = listening();
  await line.open();
  await line.attend('end');
  line.silence(4_000);
  assert.deepEqual(
    line.take().map(({ type }) => type),
    ['listener.opened'],
  );
  line.speak();
  line.silence(1_300);
  assert.deepEqual(
    line.take().map(({ type }) => type),
    ['speech.started', 'speech.ended'],
  );
});

test('to be told the same again changes the patience only; a hold waits longer', async () => {
  const line = listening();
  await line.open();
  await line.attend('end', 'quick');
  line.speak();
  await line.attend('end', 'patient');
  line.silence(1_100);
  line.actor.send({ type: 'listener.hold', holdMs: 1_500 });
  line.silence(1_400);
  assert.equal(line.actor.types().at(-1), 'speech.started');
  line.silence(2_500);
  assert.equal(line.actor.types().at(-1), 'speech.ended');
});

test('after a turn in which nobody spoke, a short sound begins none; speech does', async () => {
  const line = listening();
  await line.open();
  const short = async () => {
    await line.attend('nothing');
    await line.attend('speech');
    line.silence(1_500);
    line.take();
    line.speak(undefined, 400);
    line.silence(400);
    return line.take().length;
  };
  assert.equal(await short(), 1);
  await line.attend('end');
  line.silence(800);
  line.actor.send({ type: 'listener.refuse' });
  assert.equal(await short(), 0);
  line.speak();
  assert.equal(line.take().length, 1);
});

test('to be told the same again does not report the same speech again', async () => {
  const line = listening();
  await line.open();
  await line.attend('speech');
  line.speak(undefined, 1_000);
  await line.attend('speech', 'patient');
  line.speak(undefined, 1_000);
  assert.deepEqual(
    line.take().map(({ type }) => type),
    ['listener.opened', 'speech.started'],
  );
});

test('distant talkers are learnt as the background, and begin no more turns; a person near it does', async () => {
  const line = listening();
  await line.open();
  /** As long as nothing is reported, or for 5 s. */
  const hearTalkers = async () => {
    await line.attend('nothing');
    await line.attend('speech');
    line.take();
    line.hear(TALKERS.subarray(0, 16 * 5_000));
    return line.take().length;
  };
  for (let i = 0; i < 6; i++) await hearTalkers();
  assert.equal(await hearTalkers(), 0);
  line.speak();
  assert.deepEqual(
    line.take().map(({ type }) => type),
    ['speech.started'],
  );
});

test('without attention nothing is computed, and nothing is reported', async () => {
  const line = listening();
  await line.open();
  for (const to of ['nothing', 'speech', 'nothing'] as const) await line.attend(to);
  line.speak();
  assert.deepEqual(
    line.take().map(({ type }) => type),
    ['listener.opened'],
  );
});

test('the echo canceller is reported when it has converged, and when it no longer has', () => {
  const echo = echoWith(1);
  const { actor } = listening({ echo });
  echo.converge(true, 21);
  echo.converge(false, 0);
  actor.stop();
  echo.converge(true, 22);
  assert.deepEqual(actor.sent, [
    { type: 'echo.changed', converged: true, erleDb: 21 },
    { type: 'echo.changed', converged: false, erleDb: 0 },
  ]);
});

test('a person who speaks over a reply is reported at once, then confirmed; the echo of the reply is not', async () => {
  const echo = echoWith(0.05);
  const line = listening({ echo });
  await line.open();
  await line.attend('interruption');
  line.speak();
  assert.deepEqual(
    line.take().map(({ type }) => type),
    ['listener.opened'],
  );
  echo.residual = 0.5;
  line.speak();
  const [suspected, confirmed, ...others] = line.take();
  assert.equal(suspected?.type, 'interruption.suspected');
  assert.ok(confirmed?.type === 'interruption.confirmed' && confirmed.trigger === 'voice');
  assert.deepEqual(others, []);
  await line.attend('end');
  line.silence(1_000);
  assert.deepEqual(
    line.take().map(({ type }) => type),
    ['speech.ended'],
  );
});

test('a soft talker counts when the canceller leaves little of the echo', async () => {
  for (const [erleDb, suspects] of [
    [20, false],
    [40, true],
  ] as const) {
    const echo = Object.assign(echoWith(0.05), { erleDb });
    const line = listening({ echo });
    await line.open();
    await line.attend('interruption');
    line.speak();
    assert.equal(line.actor.types().includes('interruption.suspected'), suspects, `${erleDb} dB`);
  }
});

test('what may be an interruption is dismissed when it ends', async () => {
  const echo = echoWith(0.5);
  const line = listening({ echo });
  await line.open();
  await line.attend('interruption');
  line.speak(() => {
    if (line.actor.types().includes('interruption.suspected')) echo.residual = 0.01;
  });
  assert.deepEqual(
    line.take().map(({ type }) => type),
    ['listener.opened', 'interruption.suspected', 'interruption.dismissed'],
  );
});

test('while it is muted nothing is open; then the microphone is opened again', async () => {
  const line = listening();
  await line.open();
  line.take();
  line.actor.send({ type: 'listener.mute', muted: true });
  assert.deepEqual([line.card.isOpen, line.take()], [false, [{ type: 'listener.muted', muted: true }]]);
  await line.open();
  await line.pass(5_000);
  const handlers = { onSamples() {}, onEnd() {}, onOverflow() {}, onLost() {} };
  await assert.rejects(line.microphone.record(handlers, testScope(line.clock)), { code: 'microphone_muted' });
  assert.deepEqual([line.card.opened, line.card.isOpen, line.take()], [1, false, []]);
  line.actor.send({ type: 'listener.mute', muted: false });
  await settle();
  assert.deepEqual(
    line.take().map(({ type }) => type),
    ['listener.muted', 'listener.opened'],
  );
  assert.equal(line.card.isOpen, true);
});

test('the mute outlives the actor', async () => {
  const line = listening();
  line.actor.send({ type: 'listener.mute', muted: true });
  line.actor.stop();
  assert.equal(line.gate.isMuted, true);
});

test('a microphone that cannot be opened is reported once, and tried every second', async () => {
  const line = listening();
  line.card.failure = UNPLUGGED;
  await line.open();
  for (let i = 0; i < 3; i++) await line.pass(1_000);
  assert.deepEqual(line.take(), [{ type: 'listener.failed', error: UNPLUGGED.info }]);
  line.card.failure = undefined;
  await line.pass(1_000);
  assert.deepEqual(line.take(), [{ type: 'listener.opened', device: 'microphone 1' }]);
});

test('a lost card is searched for until it is back', async () => {
  const line = listening();
  await line.open();
  await line.attend('speech');
  line.silence(100);
  line.take();
  line.card.failure = UNPLUGGED;
  line.card.handlers?.onLost(UNPLUGGED);
  await line.pass(1_000);
  line.card.failure = undefined;
  await line.pass(1_000);
  assert.deepEqual(line.take(), [{ type: 'listener.lost', device: 'microphone 1' }]);
  line.silence(20);
  assert.deepEqual(line.take(), [{ type: 'listener.recovered', device: 'microphone 2', missingMs: 2_000 }]);
  line.speak();
  assert.deepEqual(
    line.take().map(({ type }) => type),
    ['speech.started'],
    'it attends to the same as before',
  );
});

test('when it closes, or ends, nothing is left open', async () => {
  for (const end of ['close', 'stop', 'while opening', 'stop while opening'] as const) {
    const line = listening();
    if (end.includes('opening')) line.actor.send({ type: 'listener.open' });
    else await line.open();
    if (end.startsWith('stop')) line.actor.stop();
    else line.actor.send({ type: 'listener.close' });
    await settle();
    assert.equal(line.card.isOpen, false, end);
    await line.pass(3_000);
    assert.equal(line.card.opened, 1, end);
  }
});

test('a recording that was read to its end is not opened again until it is asked for', async () => {
  const line = listening();
  await line.open();
  line.card.handlers?.onEnd();
  await line.pass(3_000);
  assert.equal(line.card.opened, 1);
  await line.open();
  assert.equal(line.card.opened, 2);
});

/** An engine that hears its word when the test says so. */
function wakeEngine() {
  const engine = {
    opened: 0,
    closed: 0,
    heardMs: 0,
    failure: undefined as Error | undefined,
    say: (_: WakeWord) => {},
    open: (async (onWake) => {
      if (engine.failure) throw engine.failure;
      engine.opened += 1;
      engine.say = onWake;
      return {
        push: (samples) => {
          engine.heardMs += samples.length / 16;
        },
        close: () => {
          engine.closed += 1;
        },
      };
    }) as OpenWakeEngine,
  };
  return engine;
}

test('the wake word begins a turn after itself; the engine hears only while it is asked for', async () => {
  const engine = wakeEngine();
  const line = listening({ openWakeEngine: engine.open });
  await line.open();
  await line.attend('speech');
  line.silence(500);
  assert.deepEqual([engine.opened, engine.heardMs], [0, 0]);
  await line.attend('wake');
  line.speak();
  assert.ok(Math.abs(engine.heardMs - SPEECH_MS) < 20);
  line.take();
  const endedAtMs = line.clock.now() - 200;
  const word = { word: 'hey earshot', score: 0.9, startedAtMs: endedAtMs - 600, endedAtMs };
  engine.say(word);
  const [heard] = line.take();
  assert.ok(heard?.type === 'wake.heard');
  assert.deepEqual([heard.word, heard.score, heard.atMs, heard.trigger], ['hey earshot', 0.9, endedAtMs, 'wake']);
  assert.ok(heard.levelDb > -60 && heard.levelDb < -10, `${heard.levelDb}`);
  let firstSampleAtMs: number | undefined;
  const onSamples = (samples: Int16Array, lastSampleAtMs: number) => {
    firstSampleAtMs ??= lastSampleAtMs - samples.length / 16;
  };
  const handlers = { onSamples, onEnd() {}, onOverflow() {}, onLost() {} };
  await line.microphone.record(handlers, testScope(line.clock));
  line.silence(20);
  assert.equal(firstSampleAtMs, endedAtMs, 'the wake word is not part of what is said');
  await line.attend('end');
  engine.say(word);
  assert.deepEqual(line.take(), [], 'a late report is ignored');
  line.actor.stop();
  assert.equal(engine.closed, 1);
});

test('an engine that is not there is reported once, and tried every second; without one that is said', async () => {
  const engine = wakeEngine();
  engine.failure = new EarshotError('listening_unavailable', 'The server is not there', 'Start it.');
  const line = listening({ openWakeEngine: engine.open });
  await line.open();
  line.take();
  await line.attend('wake');
  await line.pass(1_000);
  assert.deepEqual(
    line.take().map(({ type }) => type),
    ['listener.failed'],
  );
  engine.failure = undefined;
  await line.pass(1_000);
  assert.deepEqual([engine.opened, line.take().map(({ type }) => type)], [1, ['listener.opened']]);

  const without = listening();
  await without.open();
  await without.attend('wake');
  const failed = without.take().at(-1);
  assert.ok(failed?.type === 'listener.failed' && failed.error.code === 'listening_unavailable');
});
