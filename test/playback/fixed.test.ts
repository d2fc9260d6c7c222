import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFixedJitterBuffer } from '../../actors/playback/fixed.ts';
import { type PullState, TICK_SAMPLES } from '../../actors/playback/jitter-buffer.ts';
import { MAX_PLAYBACK_BUFFER, MIN_PLAYBACK_BUFFER } from '../../src/protocol/format.ts';
import { assertIdentity, BROKEN_FRAME, packet, pullTick, toneDecoder, toneSample } from '../support/packets.ts';

function player(minChunks = MIN_PLAYBACK_BUFFER) {
  const decoder = toneDecoder();
  const buffer = createFixedJitterBuffer(decoder, { minChunks });
  const out = new Int16Array(TICK_SAMPLES);
  let nowMs = 0;
  const heard: number[] = [];
  const pull = (ticks = 1): PullState => {
    let state: PullState = 'priming';
    for (let i = 0; i < ticks; i++) {
      state = pullTick(buffer, out, nowMs);
      nowMs += 10;
      if (state !== 'priming' && state !== 'ended') heard.push(...out);
    }
    assertIdentity(buffer);
    return state;
  };
  return {
    decoder,
    buffer,
    pull,
    heard,
    push: (...args: Parameters<typeof packet>) => buffer.push(packet(...args), nowMs),
  };
}

test('plays from the third chunk on, then ends when FINAL was played', () => {
  const { push, pull, heard, buffer } = player();
  push(0, 3);
  push(3, 3);
  assert.equal(pull(5), 'priming');
  push(6, 3, { final: true });
  assert.equal(pull(18), 'playing');
  assert.equal(pull(), 'ended');
  assert.deepEqual(
    heard,
    Array.from({ length: 9 * 320 }, (_, i) => toneSample(i)),
  );
  assert.equal(buffer.stats().playedMs, 180);
});

test('FINAL starts a reply that is shorter than the initial wait', () => {
  const { push, pull } = player();
  push(0, 1, { final: true });
  assert.equal(pull(2), 'playing');
  assert.equal(pull(), 'ended');
});

test('silence while empty, and the delay stays', () => {
  const { push, pull, buffer } = player(1);
  push(0, 1);
  pull(2);
  assert.equal(pull(3), 'underrun');
  push(1, 1);
  assert.equal(pull(2), 'playing');
  const { underruns, concealedMs, concealmentEvents } = buffer.stats();
  assert.deepEqual(
    { underruns, concealedMs, concealmentEvents },
    { underruns: 1, concealedMs: 30, concealmentEvents: 1 },
  );
});

test('a missing frame whose successors have arrived is concealed by the decoder', () => {
  const { push, pull, buffer, decoder } = player(1);
  push(0, 1);
  push(2, 1, { final: true });
  pull(6);
  assert.equal(pull(), 'ended');
  assert.equal(decoder.concealed, 1);
  assert.equal(buffer.stats().lostFrames, 1);
  assert.equal(buffer.stats().playedMs, 60);
});

test('time without sequence numbers is a pause of that length, not a loss', () => {
  const { push, pull, heard, buffer, decoder } = player(1);
  push(0, 1);
  push(1, 1, { timestamp: 11 * 320, final: true });
  pull(24);
  assert.equal(pull(), 'ended');
  assert.ok(heard.slice(320, 320 * 11).every((sample) => sample === 0));
  assert.equal(decoder.concealed + buffer.stats().lostFrames, 0);
});

test('nothing is concealed across a discontinuity', () => {
  const { push, pull, decoder, buffer } = player(1);
  push(0, 1);
  push(5, 1, { discontinuity: true, final: true });
  pull(12);
  assert.equal(pull(), 'ended');
  assert.equal(decoder.concealed, 0);
  assert.equal(buffer.stats().discontinuities, 1);
});

test('duplicates and late packets are dropped and counted', () => {
  const { push, pull, buffer } = player(1);
  push(0, 1);
  push(0, 1);
  push(2, 1);
  pull(4);
  push(1, 1);
  push(0, 1);
  const { lateFrames, duplicateFrames } = buffer.stats();
  assert.deepEqual({ lateFrames, duplicateFrames }, { lateFrames: 1, duplicateFrames: 2 });
});

test('packets above the limit of the buffer are dropped and counted', () => {
  const { push, buffer } = player();
  for (let chunk = 0; chunk < MAX_PLAYBACK_BUFFER + 2; chunk++) push(chunk * 3, 3);
  assert.equal(buffer.stats().droppedFrames, 6);
  assert.equal(buffer.stats().bufferedMs, 3_000);
});

test('the wrap of numbers is not audible', () => {
  const { push, pull, heard } = player(1);
  const start = { sequence: 0xffffffff, timestamp: 0xffffffff - 200 };
  push(0, 2, start);
  push(2, 2, { sequence: 1, timestamp: (start.timestamp + 640) >>> 0, final: true });
  pull(8);
  assert.equal(pull(), 'ended');
  assert.deepEqual(
    heard,
    Array.from({ length: 4 * 320 }, (_, i) => toneSample(i)),
  );
});

test('a frame that the decoder refuses is concealed and counted', () => {
  const { push, pull, buffer } = player(1);
  push(0, 3, { frames: [packet(0, 1).frames[0] ?? BROKEN_FRAME, BROKEN_FRAME], final: true });
  assert.equal(pull(4), 'playing');
  const { rejectedFrames, concealedMs, lostMs } = buffer.stats();
  assert.deepEqual({ rejectedFrames, concealedMs, lostMs }, { rejectedFrames: 1, concealedMs: 20, lostMs: 20 });
});

test('PCM samples need no decoder', () => {
  const { push, pull, heard, decoder } = player(1);
  const samples = Int16Array.from({ length: 320 }, (_, i) => i * 100 - 16_000);
  push(0, 1, { pcm: true, final: true, frames: [new Uint8Array(samples.buffer)] });
  pull(2);
  assert.deepEqual(heard, [...samples]);
  assert.equal(decoder.decoded.length, 0);
});
