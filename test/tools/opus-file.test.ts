import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SPECIFIED_SETTINGS } from '../../actors/codec/encoder-settings.ts';
import { createOpusStream, decodeOpusFile, encodeOpusFile, framesFor } from '../../src/core/ogg/opus-file.ts';
import { joined } from '../../src/core/ogg/page.ts';
import { FRAME_SIZES } from '../../src/protocol/format.ts';
import { tryFrameSize } from '../../src/tools/opus-trial/trial.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import fc from '../support/fast-check.ts';
import { needsOpusTools, opusDecode, opusInfo } from '../support/opus-tools.ts';
import { alignedCorrelation, readSamples, SHORT_SPEECH } from '../support/speech.ts';

const speech = readSamples(SHORT_SPEECH);
const trialOptions = { settings: SPECIFIED_SETTINGS, now: () => performance.now() };

const someFrames = fc.array(fc.uint8Array({ minLength: 1, maxLength: 1_275 }), {
  minLength: 1,
  maxLength: 500,
  size: 'max',
});
const frameSizes = fc.constantFrom(...FRAME_SIZES);

test('any frames of any size are read back unchanged, with the given duration', () => {
  fc.assert(
    fc.property(someFrames, frameSizes, fc.double({ min: 0, max: 1, noNaN: true }), (frames, frameSamples, share) => {
      const longest = frames.length * frameSamples - 104;
      // At most the last frame can be trimmed.
      const samples = Math.max(0, Math.floor(longest - share * (frameSamples - 1)));
      const file = decodeOpusFile(encodeOpusFile({ frames, frameSamples, samples }));
      assert.deepEqual(file.packets, frames);
      if (longest >= frameSamples) assert.equal(file.durationMs, samples / 16);
    }),
    { numRuns: 100 },
  );
});

test('there are exactly enough frames for the sound and the encoder’s delay', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), frameSizes, (samples, frameSamples) => {
      const held = framesFor(samples, frameSamples) * frameSamples;
      assert.ok(held >= samples + 104 && held - frameSamples < samples + 104);
    }),
  );
});

test('the pages of a stream are numbered, in order, and only the last has the end flag', () => {
  fc.assert(
    fc.property(someFrames, frameSizes, (frames, frameSamples) => {
      const stream = createOpusStream({ frameSamples, serial: 7 });
      const pages = [...frames.flatMap((frame) => stream.add(frame) ?? []), stream.finish()];
      let granule = -1n;
      for (const [i, page] of pages.entries()) {
        const view = new DataView(page.buffer, page.byteOffset);
        assert.equal(page[5], i === pages.length - 1 ? 4 : 0);
        assert.equal(view.getUint32(14, true), 7);
        assert.equal(view.getUint32(18, true), i + 2);
        assert.ok(view.getBigInt64(6, true) > granule);
        granule = view.getBigInt64(6, true);
      }
      assert.equal(granule, BigInt(frames.length * frameSamples * 3));
      assert.deepEqual(decodeOpusFile(joined([stream.head, ...pages])).packets, frames);
    }),
    { numRuns: 50 },
  );
});

test('a file with any changed byte is refused or read, without another error', () => {
  const whole = encodeOpusFile({ frames: [Uint8Array.of(8, 1, 2), Uint8Array.of(8, 3)] });
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const damaged = whole.slice();
      damaged[at] = (damaged[at] ?? 0) ^ change;
      assert.throws(() => decodeOpusFile(damaged), { code: 'opus_file_invalid' });
    }),
  );
});

for (const frameSamples of FRAME_SIZES) {
  test(`opus-tools accept frames of ${frameSamples / 16} ms and decode them to the sample`, needsOpusTools, () =>
    inTemporaryFolder(async (folder) => {
      const [opus, wav] = [join(folder, 'speech.opus'), join(folder, 'speech.wav')];
      for (const length of [1, 319, 320, 321, 16_000, speech.length]) {
        writeFileSync(opus, tryFrameSize(speech.subarray(0, length), frameSamples, trialOptions).file);
        assert.match(opusInfo(opus), new RegExp(`Packet duration: +${(frameSamples / 16).toFixed(1)}ms \\(max\\)`));
        opusDecode(opus, wav);
        assert.equal(readSamples(wav).length, length);
        opusDecode(opus, wav, 48_000);
        assert.equal(readSamples(wav).length, length * 3);
      }
      // … and the sound is at the same position (except for one sample, from opusdec's resampler).
      opusDecode(opus, wav);
      const { correlation, offset } = alignedCorrelation(speech.subarray(8_000, 32_000), readSamples(wav));
      assert.ok(Math.abs(offset - 8_000) <= 1, `offset ${offset}`);
      assert.ok(correlation > 0.6, `correlation ${correlation}`);
    }),
  );
}
