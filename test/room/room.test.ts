/**
 * The simulated room itself: what is tested in it can only be as true as the room.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OpenSpeaker } from '../../actors/sound/port.ts';
import { SAMPLE_RATE_HZ, SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import { findChirp, makeChirp } from '../../src/tools/doctor/chirp.ts';
import { createRandom } from '../../src/tools/simulation/random.ts';
import { LONG_SPEECH, readSamples } from '../support/speech.ts';
import { testScope } from '../support/test-scope.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';
import { speechIn } from './activity.ts';
import { createConvolver } from './convolver.ts';
import { decayTimeS } from './decay.ts';
import { distanceM, impulseResponse, SPEED_OF_SOUND_M_S } from './impulse-response.ts';
import { anyRoom, LIVING_ROOM } from './plans.ts';
import { createRoom, type RoomOptions } from './room.ts';
import { noise, rms } from './sounds.ts';

const QUIET = { colour: 'pink', levelDb: -90 } as const;
const LOUDSPEAKER = { echoDb: -6, driftPpm: 0, drive: 0 };

/** A room in virtual time whose microphone records everything. */
async function recordingRoom(options: Partial<RoomOptions> = {}) {
  const clock = createVirtualClock();
  const recorded: number[] = [];
  const times: number[] = [];
  const events: string[] = [];
  const room = createRoom({ clock, plan: LIVING_ROOM, loudspeaker: LOUDSPEAKER, noise: QUIET, seed: 1, ...options });
  const scope = testScope(clock);
  const openMicrophone = () =>
    room.openMicrophone(
      {
        onSamples(samples, lastSampleAtMs) {
          recorded.push(...samples);
          times.push(lastSampleAtMs);
        },
        onEnd: () => events.push('end'),
        onOverflow: () => events.push('overflow'),
        onLost: () => events.push('lost'),
      },
      scope,
    );
  await openMicrophone();
  return { clock, room, scope, events, times, openMicrophone, recorded: () => Int16Array.from(recorded) };
}

/** A speaker that plays these samples once. */
function playing(samples: Int16Array): Parameters<OpenSpeaker>[0] {
  let at = 0;
  return {
    onDemand(block) {
      block.set(samples.subarray(at, at + block.length));
      at += block.length;
      return block.length;
    },
    onUnderflow() {},
    onLost() {},
  };
}

test('the energy of each room decays as asked, within 10 %', () => {
  for (let seed = 1; seed <= 5; seed++) {
    const { talker: from, microphone: to, ...plan } = anyRoom(seed);
    const measured = decayTimeS(
      impulseResponse({ ...plan, seed }, from, to).map((tap) => tap * tap),
      1 / SAMPLE_RATE_HZ,
    );
    const error = Math.abs(measured / plan.t60S - 1);
    assert.ok(error < 0.1, `room ${seed}: T60 ${measured.toFixed(3)} s instead of ${plan.t60S.toFixed(3)} s`);
  }
});

test('the direct sound arrives first, by the distance at 343 m/s, and as loud as the distance lets it', () => {
  for (let seed = 1; seed <= 5; seed++) {
    const { talker: from, microphone: to, ...plan } = anyRoom(seed);
    const response = impulseResponse({ ...plan, seed }, from, to);
    const distance = distanceM(from, to);
    const expected = (distance / SPEED_OF_SOUND_M_S) * SAMPLE_RATE_HZ;
    const first = response.findIndex((tap) => Math.abs(tap) > 0.5 / distance);
    assert.ok(Math.abs(first - expected) <= 1, `room ${seed}: at sample ${first} instead of ${expected.toFixed(1)}`);
    assert.ok(response.subarray(0, Math.floor(expected) - 20).every((tap) => Math.abs(tap) < 0.01 / distance));
  }
});

test('convolution in blocks is convolution', () => {
  const random = createRandom(3);
  const signal = Float64Array.from({ length: 2_000 }, () => random() - 0.5);
  const response = Float32Array.from({ length: 700 }, () => random() - 0.5);
  const convolver = createConvolver(response, 160);
  for (let from = 0; from < 1_920; from += 160) {
    const block = convolver.next(signal.slice(from, from + 160));
    for (let i = 0; i < 160; i += 7) {
      let direct = 0;
      for (let k = 0; k < response.length; k++) direct += (response[k] ?? 0) * (signal[from + i - k] ?? 0);
      assert.ok(Math.abs((block[i] ?? 0) - direct) < 1e-9);
    }
  }
});

test('the echo of what the speaker plays is as loud as asked, and comes after the latencies of both', async () => {
  for (const echoDb of [-12, 0]) {
    const hiddenDelayMs = 40;
    const line = await recordingRoom({ loudspeaker: { ...LOUDSPEAKER, echoDb }, hiddenDelayMs });
    const played = new Float64Array(2 * SAMPLE_RATE_HZ);
    noise('white', 9)(played);
    const startMs = line.clock.now();
    const speaker = await line.room.openSpeaker(playing(Int16Array.from(played, (value) => 2_000 * value)), line.scope);
    await line.clock.run(1_900);
    const recorded = line.recorded();
    const levelDb = 20 * Math.log10(rms(recorded, SAMPLE_RATE_HZ / 2, (3 * SAMPLE_RATE_HZ) / 2) / 2_000);
    assert.ok(Math.abs(levelDb - echoDb) < 0.5, `${levelDb.toFixed(2)} dB instead of ${echoDb}`);
    const first = recorded.findIndex((sample) => Math.abs(sample) > 60);
    const distanceMs = (1_000 * distanceM(LIVING_ROOM.loudspeaker, LIVING_ROOM.microphone)) / SPEED_OF_SOUND_M_S;
    const delayMs = first / SAMPLES_PER_MS;
    const expectedMs = speaker.outputLatencyMs + hiddenDelayMs + distanceMs;
    assert.ok(Math.abs(delayMs - expectedMs) < 1, `${delayMs} ms instead of ${expectedMs.toFixed(1)}`);
    assert.ok(Math.abs((line.times[0] ?? 0) - startMs - 20) < 0.01, 'the first block ends 20 ms after the start');
    line.scope.end();
  }
});

test('a speaker whose clock is 200 ppm fast is 1 ms early after 5 s; one with the same clock is not', async () => {
  const chirp = makeChirp();
  const apart = 5 * SAMPLE_RATE_HZ;
  const twice = new Int16Array(apart + chirp.length);
  twice.set(chirp);
  twice.set(chirp, apart);
  for (const driftPpm of [0, 200]) {
    const line = await recordingRoom({ loudspeaker: { ...LOUDSPEAKER, driftPpm } });
    await line.room.openSpeaker(playing(twice), line.scope);
    await line.clock.run(6_000);
    const recorded = line.recorded();
    const [first, second] = [recorded.subarray(0, 4_000), recorded.subarray(apart - 1_000, apart + 4_000)];
    const measured = findChirp(second, chirp).offset + apart - 1_000 - findChirp(first, chirp).offset;
    assert.ok(Math.abs(measured - apart * (1 - driftPpm / 1e6)) <= 1, `${driftPpm} ppm: ${measured - apart} samples`);
    line.scope.end();
  }
});

test('a talker has the asked level, and a loudspeaker near its limit distorts', async () => {
  const line = await recordingRoom({ loudspeaker: { ...LOUDSPEAKER, drive: 4 } });
  const speech = readSamples(LONG_SPEECH).subarray(0, 3 * SAMPLE_RATE_HZ);
  const { fromMs, toMs } = line.room.say(speech, { atMs: line.clock.now() + 500, levelDb: -30 });
  assert.ok(toMs - fromMs > 3_000, 'with its reverberation');
  await line.clock.run(5_000);
  const recorded = line.recorded();
  const [stretch] = speechIn(recorded);
  assert.ok(stretch && stretch.from >= 0.5 * SAMPLE_RATE_HZ);
  const levelDb = 20 * Math.log10(rms(recorded, stretch.from, stretch.to) / 32_768);
  assert.ok(levelDb > -34 && levelDb < -29, `${levelDb.toFixed(1)} dB`);
  const loud = new Float64Array(160);
  line.room.acoustics.loudspeaker.begin(0);
  line.room.acoustics.loudspeaker.give(new Int16Array(160).fill(32_767));
  line.room.acoustics.loudspeaker.emit(0, loud);
  assert.ok(Math.abs((loud[0] ?? 0) - Math.tanh(4) / 4) < 1e-3);
  line.scope.end();
});

test('cards fail as cards do: dropped samples are reported and missing, a lost card is told and comes back', async () => {
  const line = await recordingRoom();
  await line.clock.run(200);
  line.room.overflow(100);
  await line.clock.run(200);
  assert.deepEqual(line.events, ['overflow']);
  const gaps = line.times.map((at, i) => at - (line.times[i - 1] ?? at - 20)).filter((ms) => ms > 21);
  assert.deepEqual(gaps.map(Math.round), [120]);
  line.room.lose();
  assert.deepEqual(line.events, ['overflow', 'lost']);
  assert.equal(line.room.isListening(), false);
  await assert.rejects(line.openMicrophone(), { message: 'There is no card in the room' });
  line.room.restore();
  await line.openMicrophone();
  assert.equal(line.room.isListening(), true);
  line.scope.end();
});

test('the same seed gives the same sound, another seed another', async () => {
  async function recording(seed: number): Promise<string> {
    const line = await recordingRoom({ seed, noise: { colour: 'pink', levelDb: -50 } });
    line.room.say(readSamples(LONG_SPEECH).subarray(0, 16_000), { atMs: line.clock.now(), levelDb: -30 });
    await line.clock.run(1_000);
    line.scope.end();
    return Buffer.from(line.recorded().buffer).toString('base64');
  }
  const [first, again, other] = [await recording(1), await recording(1), await recording(2)];
  assert.equal(first, again);
  assert.notEqual(first, other);
});
