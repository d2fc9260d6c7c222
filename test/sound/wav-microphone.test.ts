/** WAV files as microphones. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseWav } from '../../actors/sound/wav-format.ts';
import { wavMicrophone } from '../../actors/sound/wav-microphone.ts';
import { EarshotError, type ErrorCode } from '../../src/core/errors.ts';
import fc from '../support/fast-check.ts';
import { readSamples, SHORT_SPEECH } from '../support/speech.ts';
import { hear } from './simulated.ts';
import { analyzeSine, type Compressed, type Linear, sineWav, testFolder, writeWav } from './wav-files.ts';

const LONG_MS = 60_000;
const folder = testFolder();

describe('a WAV file as a microphone', () => {
  it('is read sample for sample when it has the format of the pipeline', async () => {
    const { samples } = await hear(wavMicrophone(SHORT_SPEECH), LONG_MS);
    assert.deepEqual(samples(), readSamples(SHORT_SPEECH));
  });

  it('is read in real time: 20 ms blocks, each at the time of its last sample', async () => {
    const path = writeWav(
      folder,
      sineWav('16', { sampleRateHz: 16_000, frequencyHz: 500, level: 0.5, durationMs: 70 }),
    );
    const { blocks, endedAtMs } = await hear(wavMicrophone(path), LONG_MS);
    assert.deepEqual(
      blocks.map(({ samples, lastSampleAtMs, atMs }) => [samples.length, lastSampleAtMs, atMs]),
      [
        [320, 20, 20],
        [320, 40, 40],
        [320, 60, 60],
        [160, 70, 80],
      ],
    );
    assert.equal(endedAtMs, 80);
  });

  it('catches up after a stall, and its clock does not drift', async () => {
    const { blocks, clock } = await hear(wavMicrophone(SHORT_SPEECH), 1_000);
    clock.increment(333);
    assert.equal(blocks.length, Math.floor(1_333 / 20));
    assert.ok(blocks.every(({ lastSampleAtMs }, i) => lastSampleAtMs === (i + 1) * 20));
  });

  it('continues at its position after the machine was suspended', async () => {
    const { blocks, clock } = await hear(wavMicrophone(SHORT_SPEECH), 1_000);
    clock.increment(3_600_000);
    assert.equal(blocks.length, 51);
    clock.increment(20);
    assert.equal(blocks.length, 52);
  });

  it('delivers nothing more after it is closed', async () => {
    const hearing = await hear(wavMicrophone(SHORT_SPEECH), 100);
    hearing.microphone.close();
    hearing.clock.increment(500);
    assert.equal(hearing.blocks.length, 5);
    assert.equal(hearing.endedAtMs, undefined);
  });

  const rates = [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000];
  const encodings: Linear[] = ['8', '16', '24', '32', '32f', '64'];
  it('keeps frequency, level and length, for any rate, channels and encoding', async () => {
    const file = fc.record({
      sampleRateHz: fc.constantFrom(...rates),
      channels: fc.integer({ min: 1, max: 6 }),
      encoding: fc.constantFrom(...encodings),
      container: fc.constantFrom('RIFF', 'RIFX'),
      frequencyHz: fc.integer({ min: 200, max: 2_700 }),
      level: fc.double({ min: 0.1, max: 0.95, noNaN: true }),
      durationMs: fc.integer({ min: 200, max: 400 }),
    });
    await fc.assert(
      fc.asyncProperty(file, async ({ encoding, ...options }) => {
        const path = writeWav(folder, sineWav(encoding, options));
        const hearing = await hear(wavMicrophone(path), LONG_MS, 20);
        const samples = hearing.samples();
        assert.ok(Math.abs(samples.length - options.durationMs * 16) <= 1, `${samples.length} samples`);
        // At its ends the signal is not a sine, because of the filter.
        const { level, rest } = analyzeSine(samples.subarray(320, -320), options.frequencyHz);
        const tolerance = encoding === '8' ? 0.012 : 0.02 * options.level;
        assert.ok(Math.abs(level - options.level) < tolerance, `level ${level}`);
        assert.ok(rest < tolerance, `rest ${rest}`);
      }),
      { numRuns: 30 },
    );
  });

  const compressed: Compressed[] = ['A-law', 'µ-law'];
  for (const encoding of compressed) {
    it(`decodes ${encoding}`, async () => {
      const options = { sampleRateHz: 8_000, frequencyHz: 440, level: 0.5, durationMs: 400 };
      const path = writeWav(folder, sineWav(encoding, options));
      const hearing = await hear(wavMicrophone(path), LONG_MS, 20);
      const { level, rest } = analyzeSine(hearing.samples().subarray(640, -640), 440);
      assert.ok(Math.abs(level - 0.5) < 0.02, `level ${level}`);
      assert.ok(rest < 0.05, `rest ${rest}`);
    });
  }

  it('mixes its channels', () => {
    const bytes = sineWav('16', { sampleRateHz: 16_000, channels: 2, frequencyHz: 100, level: 0.5, durationMs: 20 });
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 44; at + 4 <= bytes.length; at += 4) view.setInt16(at + 2, -view.getInt16(at, true), true);
    assert.ok(
      parseWav(bytes, 'x.wav')
        .read(320)
        .every((sample) => sample === 0),
    );
  });
});

describe('a damaged recording', () => {
  const whole = (): Buffer => readFileSync(SHORT_SPEECH);
  const frames = (bytes: Uint8Array): number => parseWav(bytes, 'x.wav').frames;
  const dataAt = whole().indexOf('data', 12, 'latin1');

  it('is played as far as it is complete', () => {
    assert.equal(frames(whole().subarray(0, dataAt + 8 + 10_001)), 5_000);
  });

  for (const size of [0, 0xffffffff, 0x7fffffff]) {
    it(`is played to its end when its recorder left ${size} as its size`, () => {
      const bytes = whole();
      const { length } = readSamples(SHORT_SPEECH);
      bytes.writeUInt32LE(size, dataAt + 4);
      assert.equal(frames(bytes), length);
    });
  }

  it('always gives samples or an EarshotError', () => {
    const options = { sampleRateHz: 8_000, frequencyHz: 440, level: 0.5, durationMs: 30 };
    const all: (Linear | Compressed)[] = ['8', '16', '24', '32f', '64', 'A-law', 'µ-law'];
    const files = all.map((encoding) => sineWav(encoding, options));
    const sound = fc.nat(files.length - 1);
    const damage = fc.array(fc.tuple(fc.integer({ min: 0, max: 70 }), fc.integer({ min: 0, max: 255 })), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(sound, damage, fc.integer({ min: 0, max: 1_000 }), (index, changes, keep) => {
        const damaged = (files[index] ?? new Uint8Array()).slice(0, keep < 200 ? keep : undefined);
        for (const [at, value] of changes) if (at < damaged.length) damaged[at] = value;
        try {
          const recording = parseWav(damaged, 'x.wav');
          assert.ok(recording.frames > 0);
          const samples = recording.read(recording.frames);
          assert.equal(samples.length, recording.frames);
          assert.ok(samples.every(Number.isFinite));
        } catch (error) {
          if (!(error instanceof EarshotError)) throw error;
          assert.equal(error.code, 'wav_invalid');
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('with a rate that no resampler supports is refused, not passed on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 0xffffffff }), async (sampleRateHz) => {
        const bytes = Buffer.from(sineWav('16', { sampleRateHz: 8_000, frequencyHz: 440, level: 0.5, durationMs: 30 }));
        bytes.writeUInt32LE(sampleRateHz, 24);
        const path = writeWav(folder, bytes);
        try {
          await hear(wavMicrophone(path), 100, 20);
        } catch (error) {
          assert.ok(error instanceof EarshotError && error.code === 'wav_invalid');
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('files that are not a recording', () => {
  const cases: [what: string, code: ErrorCode, make: () => string][] = [
    ['a missing file', 'file_not_found', () => join(folder, 'missing.wav')],
    ['a file in a file', 'file_not_found', () => join(SHORT_SPEECH, 'missing.wav')],
    ['a folder', 'file_unreadable', () => make('folder.wav', (path) => mkdirSync(path))],
    ['a pipe', 'file_unreadable', () => make('pipe.wav', (path) => execFileSync('mkfifo', [path]))],
    ['an empty file', 'wav_invalid', () => make('empty.wav', (path) => writeFileSync(path, ''))],
    [
      'a text',
      'wav_invalid',
      () => make('text.wav', (path) => writeFileSync(path, 'Once upon a time there was a file.')),
    ],
    [
      'a header alone',
      'wav_invalid',
      () => make('header.wav', (path) => writeFileSync(path, readFileSync(SHORT_SPEECH).subarray(0, 44))),
    ],
    [
      'a file of a gigabyte',
      'file_unreadable',
      () =>
        make('large.wav', (path) => {
          writeFileSync(path, '');
          truncateSync(path, 2 ** 30);
        }),
    ],
  ];
  const make = (name: string, write: (path: string) => void): string => {
    write(join(folder, name));
    return join(folder, name);
  };
  for (const [what, code, create] of cases) {
    it(`${what} is ${code}, in one line with a hint`, async () => {
      const path = create();
      await assert.rejects(hear(wavMicrophone(path)), (error) => {
        assert.ok(error instanceof EarshotError, String(error));
        assert.equal(error.code, code);
        if (what.includes('gigabyte')) assert.match(error.message, /too large: 1024 MiB or more/);
        assert.ok(error.message.includes(path) && error.hint.length > 0);
        assert.ok(!error.message.includes('\n') && !error.hint.includes('\n'));
        return true;
      });
    });
  }
});
