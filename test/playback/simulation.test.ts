import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SPECIFIED_SETTINGS } from '../../actors/codec/encoder-settings.ts';
import { createStreamDecoder } from '../../actors/codec/opus-fec.ts';
import { createAdaptiveJitterBuffer } from '../../actors/playback/adaptive/adaptive.ts';
import { concatenate } from '../../actors/sound/s16.ts';
import { SAMPLE_RATE_HZ } from '../../src/protocol/format.ts';
import { arrivals } from '../../src/tools/simulation/arrivals.ts';
import { LOST, parseTrace } from '../../src/tools/simulation/delay-trace.ts';
import { type EncodedSpeech, encodeSpeech } from '../../src/tools/simulation/encoded-speech.ts';
import { play, type Tick } from '../../src/tools/simulation/playout.ts';
import { type Simulation, simulate } from '../../src/tools/simulation/simulate.ts';
import { LONG_SPEECH, readSamples, SHORT_SPEECH } from '../support/speech.ts';
import { RECORDED, recordedTrace, SYNTHETIC } from '../support/traces.ts';

const speech = concatenate([readSamples(LONG_SPEECH), readSamples(SHORT_SPEECH)]);
const encoded = encodeSpeech(speech, { ...SPECIFIED_SETTINGS, fec: false });
const FRAMES = Math.floor(speech.length / 320);
/** The same ten seconds repeatedly: encoding is the slow part. */
const looped: EncodedSpeech = { frame: (index) => encoded.frame(index % FRAMES) };

function run(over: Partial<Simulation> & Pick<Simulation, 'trace' | 'packetMs'>) {
  return simulate({ speech, policy: 'adaptive', lossPercent: 0, driftPpm: 0, seed: 1, encoded: looped, ...over });
}

/** NetEQ on the recorded traces: mean and 95 % delay, concealed percent, events a minute. */
const NETEQ = {
  jit15_g3: [107, 124, 0.13, 4.0],
  loss5_g1: [133, 172, 0.9, 14],
  loss5_g3: [206, 377, 2.49, 19],
  loss10_g3: [474, 1_047, 4.08, 9],
} as const;

/**
 * Of NetEQ's mean, p95, concealment and events on a single trace. With a tenth of the packets lost the delay is half of NetEQ's, for a seventh more
 * concealment; the means of all four are judged below.
 */
const MOST_ON_ONE = [1.12, 1, 1.2, 1.5] as const;

test('on the recorded traces it is better than NetEQ', () => {
  const names = Object.keys(RECORDED) as (keyof typeof RECORDED)[];
  const logs = [0, 0, 0, 0];
  for (const name of names) {
    const figures = run({ trace: recordedTrace(name), packetMs: RECORDED[name].packetMs, seconds: 120 });
    const mine = [figures.delayMs.mean, figures.delayMs.p95, figures.concealedPercent, figures.eventsPerMinute];
    for (const [i, value] of mine.entries()) {
      const ratio = value / (NETEQ[name][i] ?? 1);
      assert.ok(ratio <= (MOST_ON_ONE[i] ?? 1), `${name}: value ${i} is ${value}, NetEQ's ${NETEQ[name][i]}`);
      logs[i] = (logs[i] ?? 0) + Math.log(ratio) / names.length;
    }
  }
  const means = logs.map(Math.exp);
  for (const [i, most] of [0.91, 0.71, 0.62, 0.72].entries()) {
    assert.ok((means[i] ?? 9) <= most, `geometric means ${means.map((mean) => mean.toFixed(3))}`);
  }
});

test('jitter that the delay covers causes no stretching', () => {
  const recorded = run({ trace: recordedTrace('jit15_g3'), packetMs: 60, seconds: 120 });
  assert.ok(Math.max(recorded.acceleratedPercent, recorded.deceleratedPercent) <= 0.5, JSON.stringify(recorded));
  for (const packetMs of [20, 60]) {
    const trace = SYNTHETIC.uniform?.(120_000 / packetMs, packetMs, 8) ?? [];
    const { acceleratedPercent, deceleratedPercent, delayMs } = run({ trace, packetMs, seconds: 120 });
    assert.ok(Math.max(acceleratedPercent, deceleratedPercent) <= 2, `${acceleratedPercent} − ${deceleratedPercent} +`);
    assert.ok(delayMs.p95 < 130, `${delayMs.p95} ms`);
  }
});

test('on a path that slows down little by little, the delay does not grow beyond that of the path', () => {
  // Up to 390 ms. It was 587 with packets of 20 ms, where what is a little later each time counted as a stall of unknown length.
  for (const [packetMs, mostMs] of [
    [20, 420],
    [60, 480],
  ] as const) {
    const trace = SYNTHETIC.queue?.(60_000 / packetMs, packetMs, 11) ?? [];
    const { delayMs, concealedPercent } = run({ trace, packetMs, seconds: 60 });
    assert.ok(delayMs.p95 < mostMs, `${packetMs} ms packets: ${delayMs.p95} ms`);
    assert.ok(concealedPercent < 0.5, `${packetMs} ms packets: ${concealedPercent} %`);
  }
});

test('stalls that follow one another closely make few interruptions', () => {
  const trace = SYNTHETIC.collapse?.(3_000, 20, 11) ?? [];
  const { eventsPerMinute, concealedPercent } = run({ trace, packetMs: 20, seconds: 60 });
  // Where the first packet ends each concealment, 209 a minute and 3.8 %.
  assert.ok(eventsPerMinute < 75, `${eventsPerMinute} a minute`);
  assert.ok(concealedPercent < 4.5, `${concealedPercent} %`);
});

test('skipped audio on a failing path is reported', () => {
  const trace = SYNTHETIC.collapse?.(2_000, 60, 1) ?? [];
  let droppedMs = 0;
  let outMs = 1;
  const { droppedPercent } = run({
    trace,
    packetMs: 60,
    seconds: 120,
    onTick({ stats }) {
      ({ droppedMs, outMs } = stats);
    },
  });
  assert.ok(droppedPercent > 0.5, `${droppedPercent} %`);
  assert.ok(Math.abs(droppedPercent - (100 * droppedMs) / outMs) < 0.01);
});

test('results on other kinds of path are within bounds', () => {
  for (const [name, generate] of Object.entries(SYNTHETIC)) {
    if (name === 'collapse') continue;
    for (const packetMs of [20, 60]) {
      const trace = generate(1_200_000 / packetMs / 20, packetMs, 7);
      const { concealedPercent, delayMs, interruptionsOver150ms } = run({ trace, packetMs });
      assert.ok(concealedPercent < 3, `${name} ${packetMs}: ${concealedPercent} % concealed`);
      assert.ok(delayMs.mean < 350, `${name} ${packetMs}: ${delayMs.mean} ms`);
      assert.ok(interruptionsOver150ms <= 6, `${name} ${packetMs}: ${interruptionsOver150ms} interruptions`);
    }
  }
});

test('the same seed gives the same result', () => {
  const simulation = { trace: recordedTrace('loss5_g1'), packetMs: 20, lossPercent: 5, seconds: 20 };
  assert.deepEqual(run(simulation), run(simulation));
  assert.notDeepEqual(run(simulation), run({ ...simulation, seed: 2 }));
});

for (const driftPpm of [200, -200]) {
  test(`a card with ${driftPpm} ppm of drift is followed for ten minutes without concealment`, () => {
    const secondsOf: number[] = [];
    const trace = SYNTHETIC.clean?.(1, 20, 1) ?? [];
    const { concealedPercent } = run({
      trace,
      packetMs: 20,
      driftPpm,
      seconds: 600,
      onTick: ({ atMs, trueDelayMs, samples }) => {
        const second = Math.floor(atMs / 1_000);
        secondsOf[second] = (secondsOf[second] ?? 0) + (trueDelayMs * samples.length) / SAMPLE_RATE_HZ;
      },
    });
    const steady = secondsOf.slice(20, 595);
    assert.ok(concealedPercent <= 0.01, `${concealedPercent} %`);
    const width = Math.max(...steady) - Math.min(...steady);
    assert.ok(width <= 10, `the delay varies by ${width} ms`);
  });
}

test('drift has no cost on a path with jitter', () => {
  const trace = recordedTrace('jit15_g3');
  const still = run({ trace, packetMs: 60, seconds: 120 });
  for (const driftPpm of [200, -200]) {
    const drifting = run({ trace, packetMs: 60, seconds: 120, driftPpm });
    assert.ok(drifting.concealedPercent <= still.concealedPercent + 0.05);
    assert.ok(Math.abs(drifting.delayMs.mean - still.delayMs.mean) < 10);
  }
});

test('FEC recovers lost packets, and the rest is concealed', () => {
  const lossy = { trace: [25], packetMs: 20, lossPercent: 10, seconds: 20 };
  const withFec = encodeSpeech(speech, SPECIFIED_SETTINGS);
  const { recovered, lost } = run({ ...lossy, encoded: withFec });
  assert.ok(recovered > 60 && lost < 60, `${recovered} recovered, ${lost} lost`);
  assert.equal(run(lossy).recovered, 0);
});

test('joints have no clicks: jumps are as large as in unchanged speech, and not more frequent', () => {
  for (const name of ['loss5_g3', 'loss10_g3'] as const) {
    const ticks: { samples: Int16Array; edits: number }[] = [];
    const onTick = ({ samples, stats }: Tick) => {
      const { acceleratedMs, slowedMs, concealedMs, droppedMs } = stats;
      ticks.push({ samples: samples.slice(), edits: acceleratedMs + slowedMs + concealedMs + droppedMs });
    };
    run({ trace: recordedTrace(name), packetMs: 60, onTick });
    const heard = concatenate(ticks.map(({ samples }) => samples));
    const isEdited = ticks.map(({ edits }, i) => i > 0 && edits !== ticks[i - 1]?.edits);
    const count = { joints: 0, clicks: 0, untouched: 0, steps: 0 };
    let at = 0;
    for (const [i, { samples }] of ticks.entries()) {
      const stands = standsOut(heard, at);
      at += samples.length;
      if (i < 20 || i >= ticks.length - 20) continue;
      if (isEdited[i]) {
        count.joints += 1;
        count.clicks += stands ? 1 : 0;
      } else if (!isEdited.slice(i - 4, i + 5).includes(true)) {
        count.untouched += 1;
        count.steps += stands ? 1 : 0;
      }
    }
    const [clicks, steps] = [count.clicks / count.joints, count.steps / count.untouched];
    assert.ok(count.joints > 100 && count.untouched > 1_000);
    assert.ok(clicks <= steps + 0.01, `${name}: ${JSON.stringify(count)}`);
  }
});

/** Whether a jump in the 25 ms from here (the range of a joint) is larger than all in the 100 ms before and after. */
function standsOut(samples: Int16Array, from: number): boolean {
  const [reach, around] = [400, 1_600];
  const neighbours = Math.max(
    largestJump(samples, from - around, from - 1),
    largestJump(samples, from + reach, from + reach + around),
  );
  return largestJump(samples, from - 1, from + reach) > Math.max(neighbours, 200);
}

function largestJump(samples: Int16Array, from: number, to: number): number {
  let largest = 0;
  for (let i = Math.max(1, from); i < Math.min(samples.length, to); i++) {
    largest = Math.max(largest, Math.abs((samples[i] ?? 0) - (samples[i - 1] ?? 0)));
  }
  return largest;
}

test('a reply in a burst, then in real time, is played without a gap over a bad path', () => {
  const burstPackets = 40;
  const list = arrivals({
    trace: recordedTrace('loss5_g3'),
    packetMs: 60,
    packets: 600,
    lossPercent: 0,
    driftPpm: 0,
    seed: 1,
  }).map(({ packet, atMs }) => ({ packet, atMs: atMs - Math.min(packet, burstPackets) * 60 }));
  list.sort((a, b) => a.packet - b.packet);
  // One TCP stream: packets stay in order.
  for (const [i, arrival] of list.entries()) arrival.atMs = Math.max(arrival.atMs, list[i - 1]?.atMs ?? 0);
  const buffer = createAdaptiveJitterBuffer(createStreamDecoder(), { mode: 'reply' });
  const states = new Set<string>();
  play({
    buffer,
    speech: looped,
    arrivals: list,
    framesPerPacket: 3,
    lastPacket: 599,
    driftPpm: 0,
    onTick: ({ state }) => states.add(state),
  });
  const { concealedMs, acceleratedMs, slowedMs, playedMs } = buffer.stats();
  assert.deepEqual([...states], ['playing']);
  assert.deepEqual([concealedMs, acceleratedMs, playedMs], [0, 0, 36_000]);
  assert.ok(slowedMs < 100, `${slowedMs} ms`);
});

test('a trace is one number per line', () => {
  assert.deepEqual(parseTrace('25.5\n-1\r\n\n# note\n0\n', 'x'), [25.5, LOST, 0]);
  for (const text of ['', '-1', 'a', '-2\n1', '1e9', 'NaN'])
    assert.throws(() => parseTrace(text, 'x'), { code: 'usage' });
});
