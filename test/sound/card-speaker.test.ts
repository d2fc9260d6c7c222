/** A card's speaker, with a card in virtual time: which samples it is given when, and when they are played. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mayGoAhead } from '../../actors/playback/ahead.ts';
import { createFixedJitterBuffer } from '../../actors/playback/fixed.ts';
import type { FrameDecoder, JitterBuffer } from '../../actors/playback/jitter-buffer.ts';
import { cardSpeaker } from '../../actors/sound/card-speaker.ts';
import type { SpeakerHandlers } from '../../actors/sound/port.ts';
import { concatenate } from '../../actors/sound/s16.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import { FRAME_MS } from '../../src/protocol/format.ts';
import { testScope } from '../support/test-scope.ts';
import { createVirtualClock, type VirtualClock } from '../support/virtual-clock.ts';
import { type VirtualCard, type VirtualCardOptions, virtualCard } from './virtual-card.ts';
import { analyzeSine } from './wav-files.ts';

const SAMPLES_PER_MS = 16;
const SILENT_DECODER: FrameDecoder = { decode: () => new Int16Array(320), conceal: () => new Int16Array(320) };

interface Playing {
  clock: VirtualClock;
  card: VirtualCard;
  /** Each demand: when it was due, the latency reported then, and its first sample. */
  demands: { dueAtMs: number; outputLatencyMs: number; first: number; atMs: number }[];
  notifications: string[];
  speaker: Awaited<ReturnType<ReturnType<typeof cardSpeaker>>>;
}

/** Numbers that identify a demand; 0 is silence. */
async function play(
  options: Omit<VirtualCardOptions, 'clock'> = {},
  handlers: Partial<SpeakerHandlers> = {},
  late: (clock: VirtualClock) => Clock = (clock) => clock,
): Promise<Playing> {
  const clock = createVirtualClock();
  const card = virtualCard({ clock, ...options });
  const demands: Playing['demands'] = [];
  const notifications: string[] = [];
  const speaker = await cardSpeaker({ naudiodon: card.naudiodon })(
    {
      onDemand(block, dueAtMs) {
        const first = (demands.length % 30_000) + 1;
        demands.push({ dueAtMs, outputLatencyMs: speaker.outputLatencyMs, first, atMs: clock.now() });
        block.fill(first);
        return block.length;
      },
      onUnderflow: () => notifications.push('underflow'),
      onLost: (error) => notifications.push(error.code),
      ...handlers,
    },
    testScope(late(clock)),
  );
  return { clock, card, demands, notifications, speaker };
}

/** Difference between the actual and the reported time of playback, in ms, for each demand from a time on. */
function errorsMs({ card, demands }: Playing, fromMs: number): number[] {
  const heardAtMs = new Map<number, number>();
  for (const { atMs, samples } of card.heard) if (!heardAtMs.has(samples[0] ?? 0)) heardAtMs.set(samples[0] ?? 0, atMs);
  return demands.flatMap(({ dueAtMs, outputLatencyMs, first }) => {
    const atMs = heardAtMs.get(first);
    return atMs === undefined || dueAtMs < fromMs ? [] : [atMs - dueAtMs - outputLatencyMs];
  });
}

/** Packets of `packetMs`, each offered when it arrives: samples are ready for its duration. */
async function stream(playing: Playing, packetMs: number, seconds: number, source: { readyMs: number }): Promise<void> {
  for (let ms = 0; ms < seconds * 1_000; ms += packetMs) {
    source.readyMs += packetMs;
    playing.speaker.offer?.();
    await playing.clock.run(packetMs);
  }
}

function streaming(options: Omit<VirtualCardOptions, 'clock'> = {}, late?: (clock: VirtualClock) => Clock) {
  const source = { readyMs: 0, number: 0 };
  const playing = play(
    options,
    {
      isReady: () => source.readyMs >= 10,
    },
    late,
  );
  return playing.then((it) => ({ source, playing: it }));
}

describe('a speaker', () => {
  it('gives 10 ms at a time, just before the card runs out of samples, when nothing is ready', async () => {
    const { clock, card, demands } = await play();
    assert.equal(demands.length, 0, 'asked before it was open');
    await clock.run(5_000);
    assert.equal(card.underflows, 0);
    const before = demands.length;
    await clock.run(1_000);
    assert.ok(Math.abs(demands.length - before - 100) <= 2, `${demands.length - before} demands a second`);
    assert.ok(card.waitingMs <= 25, `${card.waitingMs} ms wait`);
  });

  for (const packetMs of [20, 60, 120]) {
    it(`gives whole packets of ${packetMs} ms, one write each, and never runs out of samples`, async () => {
      const { source, playing } = await streaming();
      const { card, clock, demands } = playing;
      await clock.run(1_000);
      const taken = { ms: 0 };
      // A demand takes what is ready.
      const push = demands.push.bind(demands);
      demands.push = (...each) => {
        source.readyMs = Math.max(0, source.readyMs - 10);
        taken.ms += 10;
        return push(...each);
      };
      await stream(playing, packetMs, 2, source);
      const writes = card.writes;
      await stream(playing, packetMs, 10, source);
      const perSecond = (card.writes - writes) / 10;
      assert.equal(card.underflows, 0);
      assert.ok(perSecond <= 1_000 / packetMs + 4, `${perSecond} writes a second`);
      assert.ok(card.waitingMs <= packetMs + 20, `${card.waitingMs} ms wait`);
    });
  }

  it('has at most a frame, the guard and its own two blocks to play when it is interrupted, whatever is ready', async () => {
    const everything: JitterBuffer = {
      ...createFixedJitterBuffer(SILENT_DECODER, { minChunks: 1 }),
      isReady: () => true,
    };
    const playing = await play(
      {},
      { isReady: (dueAtMs) => mayGoAhead(everything, dueAtMs, playing.clock.now(), FRAME_MS) },
    );
    const { clock, demands } = playing;
    for (let ms = 0; ms < 8_000; ms += 7) {
      await clock.run(7);
      playing.speaker.offer?.();
    }
    const given = demands.filter(({ atMs }) => atMs > clock.now() - 4_000);
    assert.ok(given.length > 100);
    const leftMs = given.map(({ dueAtMs, outputLatencyMs, atMs }) => dueAtMs + 10 + outputLatencyMs - atMs);
    const most = Math.max(...leftMs);
    assert.ok(most <= FRAME_MS + 5 + 20 + 2, `${most} ms from the demand to the end of its samples`);
    assert.ok(most > 10 + 5 + 20 + 2, 'samples are given ahead');
  });

  for (const driftPpm of [0, 200, -200]) {
    it(`reports to 1 ms when a sample will be played, also for a card with ${driftPpm} ppm of drift`, async () => {
      const playing = await play({ driftPpm });
      await playing.clock.run(60_000);
      const errors = errorsMs(playing, playing.clock.now() - 55_000);
      assert.ok(errors.length > 5_000);
      const worst = Math.max(...errors.map(Math.abs));
      assert.ok(worst <= 1, `${worst} ms off`);
      assert.equal(playing.card.underflows, 0);
    });
  }

  it('is given samples the earlier the later this process wakes up, and not earlier when it is idle again', async () => {
    let latestMs = 0;
    let wakes = 0;
    // As on a busy machine: mostly in time, and sometimes as late as possible.
    const lateMs = () => (++wakes % 10 === 0 ? latestMs : (latestMs * (wakes % 3)) / 20);
    const busy = (clock: VirtualClock): Clock => ({
      ...clock,
      setTimeout: (callback, delayMs) => clock.setTimeout(callback, delayMs + lateMs()),
    });
    const playing = await play({ seenLateMs: lateMs }, {}, busy);
    const { clock, card, speaker } = playing;
    assert.ok((speaker.guardMs ?? 0) >= 20, 'safe, as long as nothing is known');
    await clock.run(6_000);
    const quietMs = speaker.guardMs ?? 0;
    assert.ok(quietMs <= 6, `${quietMs} ms`);
    latestMs = 20;
    await clock.run(5_000);
    const underflows = card.underflows;
    await clock.run(20_000);
    assert.equal(card.underflows, underflows, 'once its lateness is known, there is no gap');
    assert.ok((speaker.guardMs ?? 0) > quietMs + 5, `${speaker.guardMs} ms`);
    latestMs = 0;
    await clock.run(14_000);
    assert.ok((speaker.guardMs ?? 0) > quietMs + 5, 'it may be busy again at once');
    await clock.run(8_000);
    assert.ok((speaker.guardMs ?? 0) <= 6, `${speaker.guardMs} ms after a long idle time`);
  });

  it('counts an underflow and continues', async () => {
    let asleep = false;
    const clockWith = (clock: VirtualClock): Clock => ({
      ...clock,
      setTimeout: (callback, delayMs) => clock.setTimeout(callback, delayMs + (asleep ? 300 : 0)),
    });
    const { clock, card, notifications } = await play({}, {}, clockWith);
    await clock.run(5_000);
    assert.deepEqual([card.underflows, notifications], [0, []]);
    asleep = true;
    await clock.run(20);
    asleep = false;
    await clock.run(2_000);
    assert.equal(card.underflows, 1);
    assert.deepEqual(notifications, ['underflow']);
    const { underflows } = card;
    await clock.run(5_000);
    assert.equal(card.underflows, underflows);
  });

  it('reports nothing more after it is closed, and demands nothing', async () => {
    const { clock, card, demands, notifications, speaker } = await play();
    await clock.run(1_000);
    speaker.close();
    speaker.close();
    const asked = demands.length;
    speaker.offer?.();
    await clock.run(10_000);
    assert.deepEqual([demands.length, notifications, card.quits], [asked, [], 1]);
  });

  it('is lost when the card takes nothing for 2 s', async () => {
    const { clock, card, notifications } = await play();
    await clock.run(1_000);
    card.lose();
    await clock.run(1_700);
    assert.deepEqual(notifications, []);
    await clock.run(300);
    assert.deepEqual([notifications, card.quits], [['device_lost'], 1]);
  });

  it('has the same on both channels of a card with two', async () => {
    const { clock, card } = await play({ takes: (format) => format === '16000/2' });
    await clock.run(500);
    const samples = card.heard[10]?.samples ?? new Int16Array(0);
    assert.equal(samples.length, 320);
    for (let i = 0; i < samples.length; i += 2) assert.equal(samples[i], samples[i + 1]);
  });

  it("is resampled to the card's own rate", async () => {
    let at = 0;
    const { clock, card } = await play(
      { takes: (format) => format === '48000/1' },
      {
        onDemand(block) {
          for (let i = 0; i < block.length; i++) {
            block[i] = 16_384 * Math.sin((2 * Math.PI * 500 * at++) / (1_000 * SAMPLES_PER_MS));
          }
          return block.length;
        },
      },
    );
    await clock.run(1_500);
    const played = concatenate(card.heard.map(({ samples }) => samples)).subarray(0, 48_000);
    // At 16 kHz, 500 Hz at 48 kHz are a third of that.
    const { level, rest } = analyzeSine(played.subarray(4_800), 500 / 3);
    assert.ok(Math.abs(level - 0.5) < 0.005 && rest < 0.002, `level ${level}, rest ${rest}`);
  });
});
