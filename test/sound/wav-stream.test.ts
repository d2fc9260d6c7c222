/** WAV files that arrive as streams. */
import assert from 'node:assert/strict';
import { PassThrough, Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { parseWav } from '../../actors/sound/wav-format.ts';
import { sampleMicrophone } from '../../actors/sound/wav-microphone.ts';
import { openWavStream } from '../../actors/sound/wav-stream.ts';
import { EarshotError } from '../../src/core/errors.ts';
import fc from '../support/fast-check.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';
import { testScope } from '../support/test-scope.ts';
import { hear } from './simulated.ts';
import { sineWav } from './wav-files.ts';
import { type Container, wavFile } from './wav-layouts.ts';

/** Split at these shares of its length. */
function pieces(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const ends = [...cuts.map((cut) => Math.floor(cut * bytes.length)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end)).filter((piece) => piece.length > 0);
}

async function readAll(stream: Readable, piece = 7): Promise<number[]> {
  const source = await openWavStream(stream, 'x.wav', testScope(new SimulatedClock()));
  const samples: number[] = [];
  while (!source.ended) {
    const read = source.read(piece);
    samples.push(...read);
    if (read.length === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  source.close();
  return samples;
}

const file = fc.record({
  container: fc.constantFrom<Container>('RIFF', 'RIFX', 'RF64', 'BW64'),
  before: fc.array(fc.record({ id: fc.constantFrom('LIST', 'JUNK'), body: fc.uint8Array({ maxLength: 30 }) }), {
    maxLength: 3,
  }),
  after: fc.array(fc.record({ id: fc.constantFrom('LIST', 'id3 '), body: fc.uint8Array({ maxLength: 30 }) }), {
    maxLength: 2,
  }),
  samples: fc.array(fc.integer({ min: -32_768, max: 32_767 }), { minLength: 1, maxLength: 60 }),
});
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 });

describe('a WAV file that arrives as a stream', () => {
  it('is read like the whole file, however it is split', async () => {
    await fc.assert(
      fc.asyncProperty(file, cuts, async (layout, at) => {
        const bytes = wavFile(layout);
        const whole = parseWav(bytes, 'x.wav');
        assert.deepEqual(await readAll(Readable.from(pieces(bytes, at))), [...whole.read(whole.frames)]);
      }),
    );
  });

  it('of unknown length is read to its end', async () => {
    const unknown = fc.constantFrom<number>(0, 0xffff_ffff);
    await fc.assert(
      fc.asyncProperty(file, cuts, unknown, unknown, async (layout, at, dataSize, riffSize) => {
        const bytes = wavFile({ ...layout, after: [], dataSize, riffSize });
        const heard = await readAll(Readable.from(pieces(bytes, at)));
        assert.deepEqual(
          heard.map((value) => Math.round(value * 32_768)),
          layout.samples,
        );
      }),
    );
  });

  it('that fails is read as far as it arrived', async () => {
    const bytes = wavFile({ container: 'RIFF', samples: [1, 2, 3, 4] });
    const stream = Readable.from(
      (async function* () {
        yield bytes.subarray(0, bytes.length - 3);
        throw new Error('the line was cut');
      })(),
    );
    assert.equal((await readAll(stream)).length, 2);
  });

  it('without samples is refused, and so is a file that is not WAV: at once, not at its end', async () => {
    const refuses = async (stream: Readable, reason: RegExp) => {
      await assert.rejects(openWavStream(stream, 'x.wav', testScope(new SimulatedClock())), (error) => {
        assert.ok(error instanceof EarshotError && error.code === 'wav_invalid', String(error));
        assert.match(error.message, reason);
        return true;
      });
      assert.ok(stream.destroyed);
    };
    const endless = () => {
      const stream = new PassThrough();
      stream.write('Once upon a time there was a file');
      return stream;
    };
    await refuses(endless(), /does not begin like a WAV file/);
    await refuses(Readable.from([]), /empty/);
    await refuses(Readable.from([Buffer.from('RIFF')]), /does not begin like a WAV file/);
    const header = wavFile({ container: 'RIFF', samples: [] });
    for (const end of [30, 44]) await refuses(Readable.from([header.subarray(0, end)]), /no samples/);
    const tags = wavFile({ container: 'RIFF', samples: [], after: [{ id: 'LIST', body: Buffer.alloc(100) }] });
    await refuses(Readable.from([tags]), /no samples/);
  });

  it('with endless metadata is refused', async () => {
    const endless = Readable.from(
      (function* () {
        yield Buffer.concat([Buffer.from('RIFF\xff\xff\xff\xffWAVELIST\xff\xff\xff\x7f', 'latin1')]);
        for (;;) yield Buffer.alloc(1024 * 1024);
      })(),
    );
    await assert.rejects(
      openWavStream(endless, 'x.wav', testScope(new SimulatedClock())),
      /no samples begin in its first 16 MiB/,
    );
    assert.ok(endless.destroyed);
  });
});

describe('a stream as a microphone', () => {
  const speech = Buffer.from(sineWav('16', { sampleRateHz: 16_000, frequencyHz: 440, level: 0.5, durationMs: 100 }));
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  it('is read as it arrives, a block at a time, and waits while nothing arrives', async () => {
    const stream = new PassThrough();
    stream.write(speech.subarray(0, 44 + 640 + 100));
    const hearing = await hear(sampleMicrophone('x', (scope) => openWavStream(stream, 'x', scope)));
    hearing.clock.increment(1_000);
    assert.equal(hearing.samples().length, 320, 'a part of a block is not a block');
    stream.write(speech.subarray(44 + 640 + 100));
    await settle();
    hearing.clock.increment(60);
    assert.equal(hearing.endedAtMs, undefined);
    stream.end();
    for (let i = 0; i < 20 && hearing.endedAtMs === undefined; i++) {
      hearing.clock.increment(20);
      await settle();
    }
    assert.equal(hearing.samples().length, 1_600);
    assert.ok(hearing.endedAtMs !== undefined);
    assert.deepEqual(
      hearing.samples(),
      new Int16Array(speech.buffer.slice(speech.byteOffset + 44, speech.byteOffset + 44 + 3_200)),
    );
  });

  it('is not read further ahead than its own buffer', async () => {
    let taken = 0;
    const endless = new Readable({
      read() {
        const piece =
          taken === 0
            ? wavFile({ container: 'RIFF', samples: [], dataSize: 0xffff_ffff, riffSize: 0xffff_ffff })
            : Buffer.alloc(16_000);
        taken += 1;
        this.push(piece);
      },
    });
    const hearing = await hear(sampleMicrophone('x', (scope) => openWavStream(endless, 'x', scope)));
    for (let ms = 0; ms < 3_000; ms += 20) {
      hearing.clock.increment(20);
      await settle();
    }
    assert.ok(hearing.samples().length >= 16 * 2_900, `${hearing.samples().length} samples`);
    assert.ok(taken < 20, `${taken} reads of half a second for three seconds`);
    hearing.microphone.close();
    assert.ok(endless.destroyed);
  });
});
