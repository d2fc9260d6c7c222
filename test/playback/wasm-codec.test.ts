/** Where the native library has no build, libopus as WebAssembly encodes and decodes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FRAME_SIZES } from '../../src/protocol/format.ts';
import { alignedCorrelation, readSamples, SHORT_SPEECH } from '../support/speech.ts';

// Read when the codec is first used.
process.env.EARSHOT_OPUS = 'webassembly';
const { createOpusDecoder, createOpusEncoder, opusLibrary } = await import('../../actors/codec/opus.ts');

test('speech comes through it in frames of each size, and a lost frame is concealed', () => {
  assert.equal(opusLibrary(), 'webassembly');
  const speech = readSamples(SHORT_SPEECH).subarray(0, 32_000);
  for (const size of FRAME_SIZES) {
    const encoder = createOpusEncoder();
    const decoder = createOpusDecoder(size);
    const heard = new Int16Array(Math.floor(speech.length / size) * size);
    for (let at = 0; at + size <= speech.length; at += size) {
      heard.set(decoder.decode(encoder.encode(speech.subarray(at, at + size))), at);
    }
    const { correlation } = alignedCorrelation(speech.subarray(1_600, -1_600), heard);
    assert.ok(correlation > 0.5, `frames of ${size} samples: ${correlation}`);
    assert.equal(decoder.conceal().length, size);
    assert.throws(() => decoder.decode(new Uint8Array()), { code: 'frame_size' });
  }
});
