/** Recordings that the console decodes itself. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createOpusEncoder } from '../../../actors/codec/opus.ts';
import { encodeOpusFile, framesFor } from '../../../src/core/ogg/opus-file.ts';
import { decodedBy } from '../../../src/pages/console/conversations/decode-ogg-opus.ts';
import { wavBlob } from '../../../src/pages/console/conversations/wav-blob.ts';
import { alignedCorrelation, readSamples, SHORT_SPEECH, throughCodec } from '../../support/speech.ts';
import { wavOf } from '../../support/wav-of.ts';

const FRAME = 320;
const bytesOf = (bytes: Uint8Array) => bytes.slice().buffer as ArrayBuffer;
const libopus = bytesOf(readFileSync(new URL('../../../assets/opus-wasm/opus.wasm', import.meta.url)));

test('a recording is decoded to as many samples as were said, in their place', () => {
  const speech = readSamples(SHORT_SPEECH);
  const encoder = createOpusEncoder();
  const padded = new Int16Array(framesFor(speech.length) * FRAME);
  padded.set(speech);
  const frames = Array.from({ length: padded.length / FRAME }, (_, i) =>
    encoder.encode(padded.subarray(i * FRAME, (i + 1) * FRAME)),
  );
  const decoded = decodedBy(libopus, bytesOf(encodeOpusFile({ frames, samples: speech.length })));
  assert.equal(decoded.length, speech.length);
  // 104 samples later: the delay of the encoder.
  const { correlation, offset } = alignedCorrelation(throughCodec(padded).subarray(1_704, -1_600), decoded);
  assert.ok(correlation > 0.99 && offset === 1_600, `${correlation} at ${offset}`);
  assert.throws(() => decodedBy(libopus, bytesOf(Uint8Array.of(1, 2, 3))), { code: 'opus_file_invalid' });
});

test('samples are a WAV file', async () => {
  const samples = Int16Array.of(1, -2, 32_767, -32_768);
  assert.deepEqual(new Uint8Array(await wavBlob(samples).arrayBuffer()), new Uint8Array(wavOf([samples])));
});
