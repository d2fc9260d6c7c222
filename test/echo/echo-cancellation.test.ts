import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEchoCancellation } from '../../actors/echo/echo-cancellation.ts';
import { concatenate } from '../../actors/sound/s16.ts';
import { createScope } from '../../src/core/actor/scope.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { Acoustics } from '../room/acoustics.ts';
import { anyRoom } from '../room/plans.ts';
import { fakeMicrophone, fakeSpeaker } from '../support/fake-sound.ts';
import { LONG_SPEECH, readSamples, SHORT_SPEECH } from '../support/speech.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';
import { type EchoTrialOptions, openEchoTrial } from './echo-trial.ts';
import { erleInRoom } from './erle.ts';

/** Speech of 7 s. */
const LONG = readSamples(LONG_SPEECH);
/** Speech of 3 s. */
const SHORT = readSamples(SHORT_SPEECH);

function roomOf(seed: number, driftPpm = 0): Acoustics {
  const loudspeaker = { echoDb: 3, driftPpm, drive: 0.5 };
  return new Acoustics({ plan: anyRoom(seed), loudspeaker, noise: { colour: 'pink', levelDb: -65 }, seed });
}

const open = (options: Partial<EchoTrialOptions> = {}) =>
  openEchoTrial({ acoustics: roomOf(1), seconds: 20, ...options });

test('the echo of a reply is removed, and of the next one sooner, though its times are wrong by another error', async () => {
  const errorsMs = [13.3, -8.1];
  const trial = await open({ speakerErrorMs: () => errorsMs.shift() ?? 0 });
  const changes: boolean[] = [];
  trial.echo.state.onChange(({ isConverged }) => changes.push(isConverged));
  trial.wait(500);
  await trial.play(LONG);
  const first = trial.reductionDb(2, 7);
  assert.ok(first > 20, `${first} dB of the first reply`);
  assert.deepEqual(changes, [true]);
  trial.wait(1_000);
  const begin = trial.samples / 16_000;
  await trial.play(SHORT);
  const second = trial.reductionDb(begin + 0.6, begin + 2.6);
  assert.ok(second > 20, `${second} dB of the second reply`);
  assert.deepEqual(changes, [true, false, true]);
  trial.close();
});

test('ERLE in a room that nobody has tuned for is at least 15 dB', async () => {
  const reply = concatenate([LONG, LONG]);
  const { erleDb, isConverged } = await erleInRoom({ canceller: 'speex', room: 101, reply, learntS: 7 });
  assert.ok(erleDb >= 15, `${erleDb} dB`);
  assert.ok(isConverged);
});

test('each sample of the microphone is delivered once and at its time, and unchanged when nothing is played', async () => {
  let atMs: number | undefined;
  const trial = await open({
    onSamples(samples, lastSampleAtMs) {
      const beganMs = lastSampleAtMs - samples.length / 16;
      assert.ok(atMs === undefined || Math.abs(beganMs - atMs) < 1e-6, `a gap of ${beganMs - (atMs ?? 0)} ms`);
      atMs = lastSampleAtMs;
    },
  });
  trial.wait(700);
  await trial.play(SHORT);
  trial.wait(2_000);
  await trial.play(SHORT);
  trial.wait(2_000);
  // The first 20 ms of the reply that was not heard yet, and the last of it that is still heard.
  const silent = [
    [0, 0.7],
    [4.3, 5.5],
  ] as const;
  for (const [from, to] of silent) {
    const range = [from * 16_000, to * 16_000] as const;
    assert.deepEqual(trial.after.subarray(...range), trial.before.subarray(...range), `from ${from} s to ${to} s`);
  }
  assert.ok(trial.samples / 16 - ((atMs ?? 0) - 5_000) < 1e-6, 'nothing is held back');
  trial.close();
});

test('after a gap of the speaker or of the microphone the echo is found again', async () => {
  const trial = await open({ seconds: 30 });
  await trial.play(LONG);
  for (const disturb of [() => trial.overflow(), () => trial.underflow(35)]) {
    const changes: boolean[] = [];
    trial.echo.state.onChange(({ isConverged }) => changes.push(isConverged));
    const begin = trial.samples / 16_000;
    const playing = trial.play(LONG, { atMs: 3_000, run: disturb });
    await playing;
    assert.deepEqual(changes, [false, true, false, true]);
    assert.ok(trial.reductionDb(begin + 4.5, begin + 7) > 18, `${trial.reductionDb(begin + 4.5, begin + 7)} dB`);
  }
  trial.close();
});

test('a speaker whose clock is 100 ppm faster leaves more of the echo, and is still converged', async () => {
  const trial = await open({ acoustics: roomOf(2, 100) });
  await trial.play(LONG);
  assert.ok(trial.reductionDb(3, 7) > 12, `${trial.reductionDb(3, 7)} dB`);
  assert.ok(trial.echo.state.isConverged);
  trial.close();
});

test('without an echo canceller samples pass through', async () => {
  const trial = await open({ canceller: 'none' });
  await trial.play(SHORT);
  assert.deepEqual(trial.after, trial.before);
  assert.equal(trial.echo.state.isConverged, false);
  assert.equal(trial.echo.metrics()?.canceller, 'none');
  trial.close();
});

test('a canceller that cannot be made ends the scope, and is made when the microphone is opened again', async () => {
  const [microphone, speaker] = [fakeMicrophone(), fakeSpeaker(0)];
  const crashes: unknown[] = [];
  let attempts = 0;
  const echo = createEchoCancellation({
    openMicrophone: microphone.open,
    openSpeaker: speaker.open,
    isOn: () => true,
    async choose() {
      attempts += 1;
      if (attempts === 1) throw new Error('the library is damaged');
      return { name: 'none', why: 'it is a test', isMissing: false };
    },
  });
  const handlers = { onSamples() {}, onEnd() {}, onOverflow() {}, onLost() {} };
  for (const crashed of [1, 1]) {
    const onCrash = (error: unknown) => void crashes.push(error);
    const scope = createScope('a listener', { clock: createVirtualClock(), log: silentLog, onCrash });
    await echo.openMicrophone(handlers, scope);
    for (let block = 0; block < 3; block += 1) {
      microphone.handlers?.onSamples(new Int16Array(320), 1_000 + 20 * block);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(crashes.length, crashed);
    scope.end();
  }
  assert.equal(attempts, 2);
  echo.close();
});
