/** The position of the samples in a WAV file, with any chunks before and after them, and any sizes in the file. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseWav, type Recording } from '../../actors/sound/wav-format.ts';
import { EarshotError } from '../../src/core/errors.ts';
import fc from '../support/fast-check.ts';
import { type Container, chunk, formatChunk, wavFile } from './wav-layouts.ts';

const samplesOf = (recording: Recording): number[] =>
  [...recording.read(recording.frames)].map((value) => Math.round(value * 32_768));
const parsed = (bytes: Uint8Array): number[] => samplesOf(parseWav(bytes, 'x.wav'));

function hasNoSound(bytes: Uint8Array): void {
  assert.throws(
    () => parseWav(bytes, 'x.wav'),
    (error) => error instanceof EarshotError && error.code === 'wav_invalid' && /no samples/.test(error.message),
  );
}

const containers = fc.constantFrom<Container>('RIFF', 'RIFX', 'RF64', 'BW64');
const samples = fc.array(fc.integer({ min: -32_768, max: 32_767 }), { minLength: 1, maxLength: 50 });
/** Of any length, including odd ones, and any content. */
const foreign = fc
  .record({
    id: fc.constantFrom('LIST', 'id3 ', 'JUNK', 'bext', 'fact', 'PEAK', 'cue '),
    body: fc.uint8Array({ maxLength: 40 }),
  })
  .map(({ id, body }) => ({ id, body }));
const chunks = fc.array(foreign, { maxLength: 4 });
const layout = fc.record({ container: containers, before: chunks, between: chunks, after: chunks });

describe('the samples in a WAV file', () => {
  it('are as long as the sizes say, with any chunks around them', () => {
    fc.assert(
      fc.property(layout, samples, fc.uint8Array({ maxLength: 9 }), (around, sound, garbage) => {
        const bytes = Buffer.concat([wavFile({ ...around, samples: sound }), garbage]);
        assert.deepEqual(parsed(bytes), sound);
      }),
    );
  });

  it('with an odd length are followed by a padding byte, which is not part of them', () => {
    const odd = fc.uint8Array({ minLength: 1, maxLength: 51 });
    fc.assert(
      fc.property(layout, odd, (around, sound) => {
        const recording = parseWav(wavFile({ ...around, bytes: sound, bits: 8 }), 'x.wav');
        assert.deepEqual(
          [...recording.read(1_000)].map((value) => (value + 1) * 128),
          [...sound],
        );
      }),
    );
  });

  it('continue to the end of the RIFF chunk when their own size is not known', () => {
    const unknown = fc.constantFrom<number>(0, 0xffff_ffff, 0x7fff_ffff);
    fc.assert(
      fc.property(layout, samples, unknown, fc.uint8Array({ maxLength: 9 }), (around, sound, dataSize, garbage) => {
        const bytes = Buffer.concat([wavFile({ ...around, after: [], samples: sound, dataSize }), garbage]);
        assert.deepEqual(parsed(bytes), sound);
      }),
    );
  });

  it('continue to the end of the file when no size is known: the recorder was killed, or wrote to a pipe', () => {
    const unknown = fc.constantFrom<number>(0, 0xffff_ffff);
    fc.assert(
      fc.property(layout, samples, unknown, unknown, (around, sound, dataSize, riffSize) => {
        assert.deepEqual(parsed(wavFile({ ...around, after: [], samples: sound, dataSize, riffSize })), sound);
      }),
    );
  });

  it('continue to the end of the file when the header was written only before the first sample', () => {
    fc.assert(
      fc.property(layout, samples, (around, sound) => {
        const header = wavFile({ ...around, after: [], samples: [] });
        const body = wavFile({ ...around, before: [], between: [], after: [], samples: sound });
        const bytes = Buffer.concat([header, body.subarray(body.length - sound.length * 2)]);
        assert.deepEqual(parsed(bytes), sound);
      }),
    );
  });

  it('of a truncated file are what is left of them', () => {
    fc.assert(
      fc.property(layout, samples, fc.double({ min: 0, max: 1, noNaN: true }), (around, sound, share) => {
        const whole = wavFile({ ...around, after: [], samples: sound });
        const cut = whole.subarray(0, Math.floor(whole.length * share));
        const left = Math.floor((cut.length - (whole.length - sound.length * 2)) / 2);
        if (left > 0) assert.deepEqual(parsed(cut), sound.slice(0, left));
        else assert.throws(() => parseWav(cut, 'x.wav'), EarshotError);
      }),
    );
  });

  it('are none when their chunk is empty and metadata follows, also when that is truncated', () => {
    const tags = fc.array(foreign, { minLength: 1, maxLength: 3 });
    const riffSize = fc.constantFrom<number | undefined>(undefined, 0, 0xffff_ffff);
    fc.assert(
      fc.property(layout, tags, riffSize, (around, after, size) => {
        hasNoSound(wavFile({ ...around, after, samples: [], riffSize: size }));
      }),
    );
    const after = [{ id: 'LIST', body: Buffer.alloc(1_000, 'x') }];
    const file = wavFile({ container: 'RIFF', after, samples: [] });
    hasNoSound(file.subarray(0, -500));
  });

  it('are none when ds64 says so, or no size is known and nothing follows', () => {
    hasNoSound(wavFile({ container: 'RF64', samples: [] }));
    const noData = Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVE', 'latin1'), formatChunk(16, true)]);
    hasNoSound(noData);
    hasNoSound(Buffer.concat([noData, chunk('LIST', Buffer.alloc(11))]));
  });
});

describe('files that were once read wrongly', () => {
  const read = (name: string) => readFileSync(fileURLToPath(new URL(`cases/${name}`, import.meta.url)));

  it('RF64: what follows the samples is not part of them', () => {
    const recording = parseWav(read('rf64_trail.wav'), 'rf64_trail.wav');
    assert.equal(recording.frames / recording.sampleRateHz, 2);
  });

  it('an empty data chunk before metadata has no samples', () => hasNoSound(read('zero_then_list.wav')));
});
