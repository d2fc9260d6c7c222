/** The codec of a browser: libopus as WebAssembly in fixed point, with the settings and the errors of the native one. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type EncoderSettings, type FrameEncoder, SPECIFIED_SETTINGS } from '../../actors/codec/encoder-settings.ts';
import { createFecDecoder } from '../../actors/codec/fec-decoder.ts';
import { loadLibopus } from '../../actors/codec/libopus.ts';
import { createOpusDecoder, createOpusEncoder } from '../../actors/codec/opus.ts';
import { carriesFec } from '../../actors/codec/opus-packet.ts';
import { createWasmEncoder } from '../../actors/codec/wasm-encoder.ts';
import { EarshotError } from '../../src/core/errors.ts';
import { alignedCorrelation, LONG_SPEECH, readSamples } from '../support/speech.ts';

const opus = loadLibopus(readFileSync(new URL('../../assets/opus-wasm/opus.wasm', import.meta.url)));
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
  // Without its end: what was decoded is some ms later.
  const said = speech.slice(0, -1_600);
  const heard = alignedCorrelation(said, decode(wasm)).correlation;
  const wanted = alignedCorrelation(said, decode(native)).correlation;
  assert.ok(wanted > 0.8, `${wanted} with the native encoder`);
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

test('its decoder gives nearly the samples of the native one, and recovers lost frames', () => {
  const frames = encodeWith(createOpusEncoder());
  const [native, wasm, lossy] = [createOpusDecoder(), createFecDecoder(opus), createFecDecoder(opus)];
  let largest = 0;
  let recovered = 0;
  for (const [i, frame] of frames.entries()) {
    const wanted = native.decode(frame).slice();
    const heard = wasm.decode(frame);
    for (let k = 0; k < 320; k++) largest = Math.max(largest, Math.abs((wanted[k] ?? 0) - (heard[k] ?? 0)));
    const next = frames[i + 1];
    if (i % 10 === 9 && next && lossy.recover(next)) recovered += 1;
    else lossy.decode(frame);
  }
  assert.ok(largest < 300, `differs by ${largest}`);
  assert.ok(recovered > frames.length / 20, `${recovered} of ${frames.length / 10} recovered`);
});
