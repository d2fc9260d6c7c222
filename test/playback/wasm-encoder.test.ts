/** The encoder of a browser: libopus as WebAssembly, with the settings and the errors of the native one. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { type EncoderSettings, type FrameEncoder, SPECIFIED_SETTINGS } from '../../actors/codec/encoder-settings.ts';
import { loadLibopus } from '../../actors/codec/libopus.ts';
import { createOpusDecoder, createOpusEncoder } from '../../actors/codec/opus.ts';
import { carriesFec } from '../../actors/codec/opus-packet.ts';
import { createWasmEncoder } from '../../actors/codec/wasm-encoder.ts';
import { EarshotError } from '../../src/core/errors.ts';
import { alignedCorrelation, LONG_SPEECH, readSamples } from '../support/speech.ts';

const opus = loadLibopus(readFileSync(createRequire(import.meta.url).resolve('@evan/opus/wasm/opus.wasm')));
const speech = readSamples(LONG_SPEECH);
const FRAMES = Math.floor(speech.length / 320);

function encodeWith(encoder: FrameEncoder): Uint8Array[] {
  return Array.from({ length: FRAMES }, (_, i) => encoder.encode(speech.slice(i * 320, (i + 1) * 320)));
}

function decode(frames: readonly Uint8Array[]): Int16Array {
  const decoder = createOpusDecoder();
  const samples = new Int16Array(frames.length * 320);
  for (const [i, frame] of frames.entries()) samples.set(decoder.decode(frame), i * 320);
  return samples;
}

const bytesOf = (frames: readonly Uint8Array[]) => frames.reduce((sum, frame) => sum + frame.length, 0);

test('the speech that it encodes is as near to the original as that of the native encoder', () => {
  const [wasm, native] = [encodeWith(createWasmEncoder(opus, SPECIFIED_SETTINGS)), encodeWith(createOpusEncoder())];
  const heard = alignedCorrelation(speech, decode(wasm)).correlation;
  const wanted = alignedCorrelation(speech, decode(native)).correlation;
  assert.ok(heard > wanted - 0.01, `${heard}, and ${wanted} with the native encoder`);
});

test('each setting reaches libopus', () => {
  const encode = (changed: Partial<EncoderSettings>) =>
    encodeWith(createWasmEncoder(opus, { ...SPECIFIED_SETTINGS, ...changed }));
  const usual = encode({});
  assert.ok(usual.filter(carriesFec).length > FRAMES / 2);
  assert.equal(encode({ fec: false }).filter(carriesFec).length, 0);
  assert.ok(bytesOf(encode({ bitrate: 12_000 })) < 0.8 * bytesOf(usual));
  assert.notDeepEqual(encode({ complexity: 0 }), usual);
  const silence = createWasmEncoder(opus, SPECIFIED_SETTINGS);
  const quiet = Array.from({ length: 50 }, () => silence.encode(new Int16Array(320)));
  assert.ok(
    quiet.some(({ length }) => length <= 2),
    'DTX',
  );
});

test('a restarted encoder encodes like a new one; several share the library', () => {
  const used = createWasmEncoder(opus, { ...SPECIFIED_SETTINGS, bitrate: 12_000, fec: false });
  const others = Array.from({ length: 20 }, () => createWasmEncoder(opus, SPECIFIED_SETTINGS));
  encodeWith(used);
  used.restart?.(SPECIFIED_SETTINGS);
  const expected = encodeWith(createWasmEncoder(opus, SPECIFIED_SETTINGS));
  assert.deepEqual(encodeWith(used), expected);
  assert.deepEqual(encodeWith(others[19] as FrameEncoder), expected);
});

test('a block that is no frame is refused, and the encoder goes on', () => {
  const encoder = createWasmEncoder(opus, SPECIFIED_SETTINGS);
  for (const length of [0, 319, 1_000]) {
    assert.throws(
      () => encoder.encode(new Int16Array(length)),
      (error) => error instanceof EarshotError && error.code === 'frame_size',
    );
  }
  assert.ok(encoder.encode(speech.slice(0, 320)).length > 0);
});
