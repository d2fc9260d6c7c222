/** The memory of one stream is reused by the next one, without any of its content. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SPECIFIED_SETTINGS } from '../../actors/codec/encoder-settings.ts';
import { createOpusDecoder, createOpusEncoder } from '../../actors/codec/opus.ts';
import { createStreamDecoder } from '../../actors/codec/opus-fec.ts';
import { createAdaptiveJitterBuffer } from '../../actors/playback/adaptive/adaptive.ts';
import { createFixedJitterBuffer } from '../../actors/playback/fixed.ts';
import type { FrameDecoder, JitterBuffer } from '../../actors/playback/jitter-buffer.ts';
import { LONG_SPEECH, readSamples } from '../support/speech.ts';

const samples = readSamples(LONG_SPEECH);
const FRAMES = 100;

function encodeWith(encoder: ReturnType<typeof createOpusEncoder>, fromFrame: number): Uint8Array[] {
  return Array.from({ length: FRAMES }, (_, i) => {
    const at = ((fromFrame + i) % Math.floor(samples.length / 320)) * 320;
    return encoder.encode(samples.slice(at, at + 320));
  });
}

test('a restarted encoder encodes like a new one, with the settings of the new stream', () => {
  const narrow = { ...SPECIFIED_SETTINGS, bitrate: 12_000, fec: false };
  const used = createOpusEncoder(narrow);
  encodeWith(used, 500);
  used.restart?.(SPECIFIED_SETTINGS);
  assert.deepEqual(encodeWith(used, 0), encodeWith(createOpusEncoder(SPECIFIED_SETTINGS), 0));
});

for (const [name, create] of [
  ['with FEC', createStreamDecoder],
  ['without', createOpusDecoder],
] as const) {
  test(`a restarted decoder (${name}) decodes like a new one`, () => {
    const [before, frames] = [300, 0].map((from) => encodeWith(createOpusEncoder(), from)) as [
      Uint8Array[],
      Uint8Array[],
    ];
    const [used, fresh] = [create(), create()];
    for (const frame of before) used.decode(frame);
    used.restart();
    assert.deepEqual(used.conceal().slice(), fresh.conceal().slice());
    for (const frame of frames) assert.deepEqual(used.decode(frame).slice(), fresh.decode(frame).slice());
  });
}

/** Plays a stream with every seventh packet lost. */
function play(buffer: JitterBuffer, fromFrame: number): Int16Array[] {
  const frames = encodeWith(createOpusEncoder(), fromFrame);
  const heard: Int16Array[] = [];
  for (let ms = 0; ms < FRAMES * 20 + 200; ms += 10) {
    const index = ms / 20;
    const frame = frames[index];
    const lost = index % 7 === 6;
    if (frame && !lost) {
      const place = { turn: 1, sequence: index, timestamp: index * 320, pcm: false, discontinuity: false };
      buffer.push({ ...place, final: index === FRAMES - 1, frames: [frame] }, ms);
    }
    const out = new Int16Array(160);
    buffer.pull(out, ms + 40);
    heard.push(out);
  }
  return heard;
}

const BUFFERS: Record<string, (decoder: FrameDecoder) => JitterBuffer> = {
  reply: (decoder) => createAdaptiveJitterBuffer(decoder, { mode: 'reply' }),
  live: (decoder) => createAdaptiveJitterBuffer(decoder, { mode: 'live' }),
  fixed: (decoder) => createFixedJitterBuffer(decoder, { minChunks: 3 }),
};

for (const [name, create] of Object.entries(BUFFERS)) {
  test(`a reply in the memory of the one before is played identically (${name})`, () => {
    const first = create(createStreamDecoder());
    const expected = play(first, 0);
    first.release();
    const other = create(createStreamDecoder());
    play(other, 400);
    other.release();
    assert.deepEqual(play(create(createStreamDecoder()), 0), expected);
  });

  test(`a reply reuses the memory of the one before (${name})`, () => {
    const take = () => {
      const buffer = create(createOpusDecoder());
      buffer.release();
    };
    take();
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 10; i++) take();
    assert.ok(process.memoryUsage().arrayBuffers - before < 10 * 12_000);
  });
}
