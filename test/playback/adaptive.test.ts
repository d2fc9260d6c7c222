import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AdaptivePolicy, createAdaptiveJitterBuffer } from '../../actors/playback/adaptive/adaptive.ts';
import { type PullState, TICK_SAMPLES } from '../../actors/playback/jitter-buffer.ts';
import type { AudioPacket } from '../../src/protocol/packet.ts';
import {
  assertIdentity,
  BROKEN_FRAME,
  largestJump,
  packet,
  pullTick,
  TONE_HZ,
  TONE_PEAK,
  toneDecoder,
  toneSample,
} from '../support/packets.ts';

/** The largest step within the tone. */
const TONE_STEP = (2 * Math.PI * TONE_HZ * TONE_PEAK) / 16_000;

function player(policy: AdaptivePolicy, decoder = toneDecoder()) {
  const buffer = createAdaptiveJitterBuffer(decoder, policy);
  const out = new Int16Array(TICK_SAMPLES);
  const heard: number[] = [];
  const states: PullState[] = [];
  let nowMs = 0;
  const pull = (ticks = 1): PullState => {
    for (let i = 0; i < ticks; i++) {
      const state = pullTick(buffer, out, nowMs);
      nowMs += 10;
      states.push(state);
      if (state !== 'priming') heard.push(...out);
      assertIdentity(buffer);
    }
    return states[states.length - 1] ?? 'priming';
  };
  const push = (first: number, count: number, over: Partial<AudioPacket> = {}) =>
    buffer.push(packet(first, count, over), nowMs);
  /** Packets of `count` frames in real time, each delayed by `delayMs(first frame)`. */
  const stream = (from: number, to: number, count: number, delayMs = (_: number) => 0, over = {}) => {
    const startMs = nowMs;
    const due = [];
    for (let first = from; first < to; first += count) {
      due.push({ first, atMs: startMs + (first - from) * 20 + delayMs(first) });
    }
    due.sort((a, b) => a.atMs - b.atMs);
    while (due.length > 0) {
      while (due[0] && due[0].atMs <= nowMs) push(due.shift()?.first ?? 0, count, over);
      pull();
    }
  };
  return { buffer, decoder, heard, states, push, pull, stream, stats: () => buffer.stats() };
}

test('live: on a clean path it adds a tick or two, without concealment', () => {
  const { stream, stats } = player({ mode: 'live' });
  stream(0, 900, 3);
  const { concealedMs, delayMs, slowedMs, acceleratedMs } = stats();
  assert.ok(concealedMs <= 20, `${concealedMs} ms concealed`);
  assert.ok(delayMs <= 30, `${delayMs} ms`);
  assert.ok(slowedMs + acceleratedMs < 100, `${slowedMs} + ${acceleratedMs} ms stretched`);
});

test('live: a stall is bridged, and the added delay is removed within seconds', () => {
  const { stream, stats } = player({ mode: 'live' });
  stream(0, 150, 3);
  stream(150, 600, 3, (first) => Math.max(0, 300 - (first - 150) * 20));
  const { concealedMs, slowedMs, acceleratedMs, lateFrames, delayMs, concealmentEvents } = stats();
  assert.ok(concealedMs > 0 && concealedMs < 290, `${concealedMs} ms concealed`);
  assert.ok(slowedMs > 10 && acceleratedMs > 100);
  assert.ok(delayMs < 150, `${delayMs} ms after the stall`);
  assert.equal(lateFrames, 0);
  assert.ok(concealmentEvents <= 2);
});

test('live: half a second after a stall, most of what it added to the delay is removed', () => {
  const { stream, stats } = player({ mode: 'live' });
  stream(0, 150, 3);
  stream(150, 168, 3, (first) => Math.max(0, 360 - (first - 150) * 20));
  const after = stats();
  stream(168, 198, 3);
  const { delayMs, targetMs } = stats();
  const addedMs = after.delayMs - targetMs;
  assert.ok(addedMs > 200, `${addedMs} ms were added`);
  assert.ok(delayMs - targetMs < addedMs / 3, `${delayMs} ms, ${after.delayMs} after the stall, target ${targetMs}`);
});

test('no joint has a larger step than the signal itself', () => {
  const { stream, heard } = player({ mode: 'live' });
  stream(0, 1_500, 3, (first) => (first % 90 < 12 ? 180 : 10));
  const jump = largestJump(Int16Array.from(heard), 400);
  assert.ok(jump <= TONE_STEP * 1.5, `${jump}, the largest step within the tone is ${TONE_STEP}`);
});

test('reply: starts with the first packet, plays it unchanged and ends with its last sample', () => {
  const { push, pull, heard, stats, states } = player({ mode: 'reply' });
  push(0, 3);
  assert.equal(pull(), 'playing');
  for (let first = 3; first < 150; first += 3) push(first, 3, { final: first === 147 });
  assert.equal(pull(299), 'playing');
  assert.equal(pull(), 'ended');
  assert.deepEqual(
    heard.slice(0, 150 * 320).slice(100),
    Array.from({ length: 150 * 320 }, (_, i) => toneSample(i)).slice(100),
  );
  const { playedMs, outMs, acceleratedMs, slowedMs, concealedMs } = stats();
  assert.deepEqual([playedMs, outMs, acceleratedMs, slowedMs, concealedMs], [3_000, 3_000, 0, 0, 0]);
  assert.equal(states.filter((state) => state === 'ended').length, 1);
});

test('reply: audio that was sent ahead is a safety margin for the whole reply', () => {
  const { push, pull, stats } = player({ mode: 'reply' });
  for (let first = 0; first < 30; first += 3) push(first, 3);
  for (let first = 30; first < 900; first += 3) {
    pull(6);
    push(first, 3, { final: first === 897 });
  }
  const { acceleratedMs, slowedMs, bufferedMs } = stats();
  assert.deepEqual([acceleratedMs, slowedMs], [0, 0]);
  assert.ok(bufferedMs >= 600, `${bufferedMs} ms buffered`);
  assert.equal(pull(60), 'playing');
  assert.equal(pull(), 'ended');
});

test('reply: a stall shorter than the surplus is not audible', () => {
  const { push, pull, stats, states } = player({ mode: 'reply' });
  for (let first = 0; first < 30; first += 3) push(first, 3);
  pull(40);
  for (let first = 30; first < 60; first += 3) push(first, 3, { final: first === 57 });
  pull(85);
  assert.equal(stats().concealedMs, 0);
  assert.ok(!states.includes('underrun'));
});

test('reply: the end of the packets is not a stall', () => {
  const { push, pull, stats } = player({ mode: 'reply' });
  push(0, 6);
  push(6, 6, { final: true });
  pull(40);
  assert.equal(stats().slowedMs, 0);
  assert.equal(stats().playedMs, 240);
});

test('an empty FINAL ends the reply, also one without frames', () => {
  const some = player({ mode: 'reply' });
  some.push(0, 2);
  some.push(2, 0, { final: true });
  assert.equal(some.pull(4), 'playing');
  assert.equal(some.pull(), 'ended');
  const none = player({ mode: 'reply' });
  none.push(0, 0, { final: true });
  assert.equal(none.pull(), 'ended');
});

test('a lost frame is concealed by the decoder, and media time continues', () => {
  const { push, pull, stats, decoder } = player({ mode: 'reply' });
  push(0, 3);
  push(4, 3, { final: true });
  assert.equal(pull(14), 'playing');
  assert.equal(pull(), 'ended');
  const { lostFrames, lostMs, playedMs, concealmentEvents } = stats();
  assert.deepEqual([lostFrames, lostMs, playedMs, concealmentEvents], [1, 20, 140, 1]);
  assert.equal(decoder.concealed, 1);
});

test('a lost frame is recovered when the next one has a copy', () => {
  const decoder = toneDecoder({ fec: true });
  const { push, pull, stats, heard } = player({ mode: 'reply' }, decoder);
  push(0, 3);
  push(4, 3, { final: true });
  pull(14);
  const { lostFrames, recoveredFrames, concealedMs } = stats();
  assert.deepEqual([lostFrames, recoveredFrames, concealedMs], [0, 1, 0]);
  assert.deepEqual(
    heard.slice(900, 1_500),
    Array.from({ length: 600 }, (_, i) => toneSample(900 + i)),
  );
});

test('packets out of order are reordered', () => {
  const { push, pull, stats, heard } = player({ mode: 'reply' });
  push(0, 3);
  push(6, 3, { final: true });
  push(3, 3);
  pull(18);
  assert.equal(stats().reorderedPackets, 1);
  assert.equal(stats().concealedMs, 0);
  assert.deepEqual(heard.slice(100), Array.from({ length: 9 * 320 }, (_, i) => toneSample(i)).slice(100));
});

test('a pause of the sender is background noise, of full length in a reply', () => {
  const { push, pull, stats, heard } = player({ mode: 'reply' });
  push(0, 3);
  push(3, 3, { timestamp: 53 * 320, final: true });
  assert.equal(pull(112), 'playing');
  assert.equal(pull(), 'ended');
  const { playedMs, concealedMs, lostFrames } = stats();
  assert.deepEqual([playedMs, concealedMs, lostFrames], [1_120, 0, 0]);
  assert.ok(heard.slice(2_000, 16_000).every((sample) => Math.abs(sample) < 100));
});

test('live: while the sender is silent there is background noise, not concealment', () => {
  const { push, pull, stats, stream } = player({ mode: 'live' });
  stream(0, 30, 3);
  push(30, 1, { frames: [new Uint8Array([8])] });
  pull(100);
  assert.equal(stats().concealmentEvents + stats().underruns, 0);
});

test('nothing is concealed across a discontinuity', () => {
  const { push, pull, stats, decoder } = player({ mode: 'reply' });
  push(0, 3);
  push(6, 3, { discontinuity: true, final: true });
  pull(18);
  assert.equal(decoder.concealed + stats().concealedMs, 0);
  assert.equal(stats().discontinuities, 1);
});

test('the wrap of numbers is not audible', () => {
  const { buffer, pull, heard, push } = player({ mode: 'reply' });
  const start = { sequence: 0xfffffffe, timestamp: 0xffffffff - 500 };
  for (let i = 0; i < 10; i++) {
    push(i * 3, 3, {
      sequence: (start.sequence + i * 3) >>> 0,
      timestamp: (start.timestamp + i * 960) >>> 0,
      final: i === 9,
    });
  }
  pull(60);
  assert.equal(buffer.stats().lostFrames + buffer.stats().discontinuities, 0);
  assert.deepEqual(heard.slice(100), Array.from({ length: 30 * 320 }, (_, i) => toneSample(i)).slice(100));
});

test('a jump of more than 5 s restarts the buffer', () => {
  const { stream, stats, states } = player({ mode: 'live' });
  stream(0, 60, 3);
  stream(5_000, 5_150, 3);
  assert.equal(stats().discontinuities, 1);
  assert.ok(stats().delayMs < 60, `${stats().delayMs} ms`);
  assert.equal(states[states.length - 1], 'playing');
});

test('live: more than 4 s behind, it skips to the newest audio and reports it', () => {
  const { stream, push, pull, stats } = player({ mode: 'live' });
  stream(0, 60, 3);
  for (let first = 60; first < 300; first += 3) push(first, 3);
  pull(10);
  const { droppedMs, droppedFrames, bufferedMs } = stats();
  assert.ok(droppedMs > 3_000 && droppedFrames > 150, `${droppedMs} ms, ${droppedFrames} frames`);
  assert.ok(bufferedMs < 1_100);
});

test('a frame that the decoder refuses is concealed and counted', () => {
  const { push, pull, stats } = player({ mode: 'reply' });
  push(0, 3);
  push(3, 1, { frames: [BROKEN_FRAME] });
  push(4, 3, { final: true });
  assert.equal(pull(14), 'playing');
  assert.equal(pull(), 'ended');
  assert.deepEqual([stats().rejectedFrames, stats().lostMs], [1, 20]);
});

test('frames that may still arrive in time are not concealed: it gives what there is', () => {
  const { buffer, push, stats } = player({ mode: 'reply' });
  const out = new Int16Array(TICK_SAMPLES);
  push(0, 1);
  let playedSamples = buffer.pull(out.subarray(0, 100), 0);
  let last = 0;
  while (buffer.stats().bufferedMs > 0) {
    last = buffer.pull(out, playedSamples / 16);
    playedSamples += last;
  }
  assert.ok(last < 160, 'the last samples are less than a tick');
  assert.equal(buffer.state, 'playing');
  push(1, 1, { final: true });
  assert.equal(buffer.pull(out, playedSamples / 16), 160);
  const { concealedMs, underruns } = stats();
  assert.deepEqual([concealedMs, underruns], [0, 0]);
});

test('samples are given ahead while the packets arrive in time, and not when one is late', () => {
  const { buffer } = player({ mode: 'reply' });
  const out = new Int16Array(TICK_SAMPLES);
  assert.ok(!buffer.isReady(0), 'nothing has arrived yet');
  for (let first = 0; first < 12; first += 3) buffer.push(packet(first, 3), first * 20);
  // The last packet arrived at 180 ms, the next one is expected at 240.
  const aheadMs = (nowMs: number) => {
    let ms = 0;
    for (; buffer.isReady(nowMs) && ms < 1_000; ms += 10) buffer.pull(out, nowMs + ms, nowMs);
    return ms;
  };
  assert.ok(!buffer.isReady(300), 'a packet is 60 ms late: the buffered samples may be needed');
  assert.equal(aheadMs(185), 240, 'all buffered samples');
  assert.equal(buffer.stats().concealedMs, 0);
  assert.ok(!buffer.isReady(190), 'nothing is left');
  buffer.push(packet(12, 3, { final: true }), 240);
  assert.ok(buffer.isReady(400), 'after the last packet none is late');
  assert.equal(aheadMs(400), 60);
  assert.ok(!buffer.isReady(470));
});
