/**
 * Opus frames of utterances become samples, in order, in one thread for all utterances.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  createUtteranceDecoders,
  MAX_GAP_SAMPLES,
  MAX_WAITING_FRAMES,
} from '../../../actors/assistant/recognition/utterance-decoder.ts';
import { createOpusEncoder } from '../../../actors/codec/opus.ts';
import { createStreamDecoder } from '../../../actors/codec/opus-fec.ts';
import type { EarshotError } from '../../../src/core/errors.ts';
import { silentLog } from '../../../src/core/log/log.ts';
import { systemClock } from '../../../src/core/time/clock.ts';
import { LONG_SPEECH, readSamples, SHORT_SPEECH } from '../../support/speech.ts';

const decoders = createUtteranceDecoders({ clock: systemClock, log: silentLog });
after(() => decoders.close());

const never = new AbortController().signal;

function encode(samples: Int16Array): Uint8Array[] {
  const encoder = createOpusEncoder();
  const frames = [];
  for (let at = 0; at + 320 <= samples.length; at += 320) frames.push(encoder.encode(samples.slice(at, at + 320)));
  return frames;
}

function decodeHere(frames: readonly Uint8Array[]): Int16Array {
  const decoder = createStreamDecoder();
  const samples = new Int16Array(frames.length * 320);
  for (const [index, frame] of frames.entries()) samples.set(decoder.decode(frame), index * 320);
  return samples;
}

function collect(signal = never) {
  const parts: Int16Array[] = [];
  const decoder = decoders.begin({ signal, onResult: (samples) => parts.push(samples) });
  const all = () => Int16Array.from(parts.flatMap((part) => [...part]));
  return { decoder, parts, all };
}

test('two utterances that arrive at once come out as one decoder each gives them', async () => {
  const speech = [SHORT_SPEECH, LONG_SPEECH].map((path) => encode(readSamples(path)));
  const collected = speech.map(() => collect());
  const longest = Math.max(...speech.map((frames) => frames.length));
  for (let at = 0; at < longest; at += 3) {
    for (const [index, frames] of speech.entries()) collected[index]?.decoder.push(frames.slice(at, at + 3), 0);
    if (at % 30 === 0) await new Promise(setImmediate);
  }
  await Promise.all(collected.map(({ decoder }) => decoder.finish()));
  for (const [index, frames] of speech.entries()) assert.deepEqual(collected[index]?.all(), decodeHere(frames));
});

test('a decoder that is used again has forgotten the utterance before', async () => {
  const frames = encode(readSamples(SHORT_SPEECH)).slice(0, 20);
  for (let round = 0; round < 2; round++) {
    const { decoder, all } = collect();
    decoder.push(frames, 0);
    await decoder.finish();
    assert.deepEqual(all(), decodeHere(frames));
  }
});

test('a gap is silence, a very long one only in part; a frame that is not Opus is concealed', async () => {
  const frames = encode(readSamples(SHORT_SPEECH)).slice(0, 4);
  const { decoder, all } = collect();
  decoder.push([], 0);
  decoder.push(frames.slice(0, 2), 640);
  decoder.push([new Uint8Array(0), Uint8Array.of(255, 255)], 0xffff_ffff);
  await decoder.finish();
  const samples = all();
  assert.ok(samples.length >= 4 * 320 + MAX_GAP_SAMPLES && samples.length <= 4 * 320 + 640 + MAX_GAP_SAMPLES);
  assert.ok(samples.subarray(0, 640).every((sample) => sample === 0));
});

test('frames that are not Opus are told once, with their number', async () => {
  const told: unknown[] = [];
  const warn = (message: string, fields?: object) => told.push([message, fields]);
  const telling = createUtteranceDecoders({ clock: systemClock, log: { ...silentLog, warn } });
  const frames = encode(readSamples(SHORT_SPEECH)).slice(0, 4);
  for (const bad of [[Uint8Array.of(255, 255), new Uint8Array(0)], []]) {
    const decoder = telling.begin({ signal: never, onResult() {} });
    decoder.push([...frames, ...bad], 0);
    await decoder.finish();
  }
  assert.deepEqual(told, [['frames of speech were not Opus, and were concealed', { frames: 2 }]]);
  await telling.close();
});

test('an aborted utterance is over at once, and its decoder is free again', async () => {
  const stop = new AbortController();
  const { decoder, parts } = collect(stop.signal);
  decoder.push(encode(readSamples(LONG_SPEECH)), 0);
  stop.abort(new Error('interrupted'));
  decoder.push([Uint8Array.of(1)], 0);
  await assert.rejects(decoder.finish(), /interrupted/);
  const before = parts.length;
  const next = collect();
  next.decoder.push(encode(readSamples(SHORT_SPEECH)), 0);
  await next.decoder.finish();
  assert.equal(parts.length, before, 'nothing comes after the abort');
});

test('frames that wait are limited, and the utterance fails with a typed error', async () => {
  const { decoder } = collect();
  const frame = Uint8Array.of(8);
  for (let count = 0; count < 3; count++) decoder.push(new Array(MAX_WAITING_FRAMES - 10).fill(frame), 0);
  await assert.rejects(decoder.finish(), (error: EarshotError) => error.code === 'assistant_busy');
});
