import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SPECIFIED_SETTINGS } from '../../actors/codec/encoder-settings.ts';
import { createOpusDecoder, createOpusEncoder } from '../../actors/codec/opus.ts';
import { createStreamDecoder } from '../../actors/codec/opus-fec.ts';
import { carriesFec } from '../../actors/codec/opus-packet.ts';
import { EarshotError } from '../../src/core/errors.ts';
import { LONG_SPEECH, readSamples } from '../support/speech.ts';

const speech = readSamples(LONG_SPEECH);
const frameCount = Math.floor(speech.length / 320);

function encode(settings = SPECIFIED_SETTINGS): Uint8Array[] {
  const encoder = createOpusEncoder(settings);
  return Array.from({ length: frameCount }, (_, i) => encoder.encode(speech.subarray(i * 320, (i + 1) * 320)));
}

test('decodes like @discordjs/opus, with nearly identical samples', () => {
  const [native, wasm] = [createOpusDecoder(), createStreamDecoder()];
  let largest = 0;
  for (const frame of encode()) {
    const wanted = native.decode(frame).slice();
    const heard = wasm.decode(frame);
    for (let i = 0; i < 320; i++) largest = Math.max(largest, Math.abs((wanted[i] ?? 0) - (heard[i] ?? 0)));
  }
  assert.ok(largest <= 300, `differs by ${largest}`);
});

test('FEC is in the frames of speech at 10 % expected loss, and in none without it', () => {
  const withFec = encode().filter(carriesFec).length;
  assert.ok(withFec > frameCount * 0.5, `${withFec} of ${frameCount}`);
  assert.equal(encode({ ...SPECIFIED_SETTINGS, fec: false }).filter(carriesFec).length, 0);
});

test('one decoder decodes a stream and recovers its lost frames, with more similarity to the speech than concealment', () => {
  const frames = encode();
  const whole = createOpusDecoder();
  const reference = frames.map((frame) => whole.decode(frame).slice());
  const error = { recovered: 0, concealed: 0 };
  for (const way of ['recovered', 'concealed'] as const) {
    const decoder = createStreamDecoder();
    assert.ok('recover' in decoder, 'the FEC library is not installed');
    for (const [i, frame] of frames.entries()) {
      const next = frames[i + 1];
      if (i % 10 !== 9 || !next) decoder.decode(frame);
      else {
        const made = (way === 'recovered' ? decoder.recover(next) : undefined) ?? decoder.conceal();
        for (let k = 0; k < 320; k++) error[way] += ((reference[i]?.[k] ?? 0) - (made[k] ?? 0)) ** 2;
      }
    }
  }
  const gainDb = 10 * Math.log10(error.concealed / error.recovered);
  assert.ok(gainDb > 3, `${gainDb} dB`);
});

test('an invalid frame gives a typed error', () => {
  const decoder = createStreamDecoder();
  const isNamed = (error: unknown) => error instanceof EarshotError;
  assert.throws(() => decoder.decode(new Uint8Array(0)), isNamed);
  assert.throws(() => decoder.decode(new Uint8Array(1_276)), isNamed);
  assert.throws(() => decoder.decode(Uint8Array.of(0xff, 0xff, 0xff)), isNamed);
  assert.equal(decoder.conceal().length, 320);
});

test('many decoders share the library', () => {
  const frames = encode().slice(0, 20);
  const decoders = Array.from({ length: 40 }, createStreamDecoder);
  const expected = createStreamDecoder();
  for (const frame of frames) {
    const wanted = expected.decode(frame).slice();
    for (const decoder of decoders) assert.deepEqual(decoder.decode(frame), wanted);
  }
});
