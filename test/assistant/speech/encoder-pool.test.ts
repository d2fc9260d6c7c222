import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Pcm } from '../../../actors/assistant/parts/synthesizer.ts';
import { createEncoderPool, type EncoderPool } from '../../../actors/assistant/speech/encoding/encoder-pool.ts';
import { createOpusDecoder, createOpusEncoder } from '../../../actors/codec/opus.ts';
import { wavOf } from '../../../actors/sound/wav-header.ts';
import { silentLog } from '../../../src/core/log/log.ts';
import { systemClock } from '../../../src/core/time/clock.ts';
import { eventually } from '../../support/eventually.ts';
import { countOwnTime } from '../../support/own-time.ts';
import { testClock } from '../../support/simulated-clock.ts';
import { tone } from './tone.ts';

const pools: EncoderPool[] = [];
const folder = mkdtempSync(join(tmpdir(), 'earshot-encoder-'));
after(() => rmSync(folder, { recursive: true }));
after(() => Promise.all(pools.map((pool) => pool.close())));

function poolWith(options: Partial<Parameters<typeof createEncoderPool>[0]> = {}): EncoderPool {
  const pool = createEncoderPool({ clock: systemClock, log: silentLog, maxThreads: 2, ...options });
  pools.push(pool);
  return pool;
}

async function* all(...pcms: Pcm[]): AsyncGenerator<Pcm> {
  yield* pcms;
}

async function framesOf(
  pool: EncoderPool,
  speech: AsyncIterable<Pcm>,
  { trimStart = false } = {},
): Promise<Uint8Array[]> {
  const frames: Uint8Array[] = [];
  const { signal } = new AbortController();
  for await (const some of pool.encode(speech, { trimStart, signal })) frames.push(...some);
  return frames;
}

/** The same samples, encoded here. */
function encoded(samples: Int16Array): Uint8Array[] {
  const opus = createOpusEncoder();
  const padded = new Int16Array(Math.ceil((samples.length + 104) / 320) * 320);
  padded.set(samples);
  return Array.from({ length: padded.length / 320 }, (_, i) => opus.encode(padded.slice(i * 320, (i + 1) * 320)));
}

function level(frames: readonly Uint8Array[]): number {
  const decoder = createOpusDecoder();
  const samples = frames.flatMap((frame) => [...decoder.decode(frame)]);
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

describe('the encoder pool', () => {
  const pool = poolWith();

  test('frames are those of the encoder with the settings of the protocol, in order', async () => {
    const speech = tone(16_000);
    assert.deepEqual(await framesOf(pool, all(speech)), encoded(speech.samples));
  });

  test('the pieces in which the samples arrive make no difference', async () => {
    const { samples, sampleRateHz } = tone(16_000);
    const pieces = [0, 7, 320, 5_000, 5_001, 16_000].map((end, i, ends) => ({
      samples: samples.slice(ends[i - 1] ?? 0, end),
      sampleRateHz,
    }));
    assert.deepEqual(await framesOf(pool, all(...pieces)), encoded(samples));
  });

  for (const rateHz of [8_000, 22_050, 24_000, 44_100, 48_000]) {
    test(`${rateHz} Hz becomes 16,000`, async () => {
      const frames = await framesOf(pool, all(tone(rateHz, rateHz)));
      assert.ok(Math.abs(frames.length - 51) <= 1, `${frames.length} frames of a second`);
      assert.ok(Math.abs(level(frames) - 8_000 / Math.SQRT2) < 700, `${level(frames)}`);
    });
  }

  test('a WAV file is unwrapped, whatever rate was said', async () => {
    const { samples } = tone(16_000);
    const wav = wavOf(samples);
    const asPcm = (from: number, to: number) => ({
      samples: new Int16Array(wav.buffer.slice(wav.byteOffset + from, wav.byteOffset + to)),
      sampleRateHz: 24_000,
    });
    const pieces = all(asPcm(0, 10), asPcm(10, 60), asPcm(60, wav.length));
    assert.deepEqual(await framesOf(pool, pieces), encoded(samples));
  });

  const garbage: Record<string, Pcm> = {
    MP3: bytes('4944330400000000000000000000000000000000'),
    'MP3 without tags': bytes(`fffbe064${'00'.repeat(1_040)}fffbe064`),
    AAC: bytes('fff15080020000000000000000000000'.repeat(2)),
    Ogg: bytes(Buffer.from('OggS\0\x02'.padEnd(64, '\0')).toString('hex')),
    text: bytes(Buffer.from('{"error":{"message":"no"}}').toString('hex')),
    'no rate': { samples: new Int16Array(100), sampleRateHz: Number.NaN },
    'a damaged WAV header': bytes(`${Buffer.from('RIFF1234WAVEfmt \x03').toString('hex')}${'ff'.repeat(100)}`),
    'two minutes': { samples: new Int16Array(120 * 16_000), sampleRateHz: 16_000 },
  };
  for (const [name, pcm] of Object.entries(garbage)) {
    test(`${name} is refused`, async () => {
      await assert.rejects(framesOf(pool, all(pcm)), { code: 'assistant_bad_answer' });
    });
  }

  test('quiet samples that look like a mark of MP3 are samples', async () => {
    const samples = Int16Array.from({ length: 3_200 }, (_, i) => (i === 0 ? -1_025 : i === 1 ? 0x64e4 : 100));
    assert.equal((await framesOf(pool, all({ samples, sampleRateHz: 16_000 }))).length, 11);
  });

  test('the silence at the beginning is left out, to the last 5 ms', async () => {
    const silence = { samples: new Int16Array(16_000).fill(3), sampleRateHz: 16_000 };
    const frames = await framesOf(pool, all(silence, tone(16_000)), { trimStart: true });
    assert.equal(frames.length, 51);
    assert.equal((await framesOf(pool, all(silence, tone(16_000)))).length, 101);
  });

  test('an error of the synthesizer comes out after the frames before it', async () => {
    const failing = async function* () {
      yield tone(16_000);
      throw new Error('no more');
    };
    await assert.rejects(framesOf(pool, failing()), /no more/);
  });

  test('an abort ends a stream within 50 ms, also one that waits for samples', async () => {
    const controller = new AbortController();
    const endless = async function* () {
      yield tone(16_000);
      await new Promise(() => {});
    };
    let passedMs: (() => number) | undefined;
    let isOrdered = false;
    for await (const _ of pool.encode(endless(), { trimStart: false, signal: controller.signal })) {
      if (isOrdered) continue;
      isOrdered = true;
      setTimeout(() => {
        passedMs = countOwnTime();
        controller.abort();
      }, 20);
    }
    const tookMs = passedMs?.() ?? Number.NaN;
    assert.ok(tookMs < 50, `${tookMs} ms`);
  });

  for (const [how, file] of [
    ['ends', 'exit'],
    ['hangs', 'hang'],
  ]) {
    test(`a thread that ${how} in the middle: the listener gets each frame once`, async () => {
      const flag = join(folder, `${file}`);
      writeFileSync(flag, '20');
      const clock = testClock();
      const worker = new URL('./failing-encoder.ts', import.meta.url);
      const failing = poolWith({ worker, clock, maxThreads: 1 });
      process.env.EARSHOT_TEST_FAIL = flag;
      const speech = tone(32_000);
      const frames = framesOf(failing, all(speech));
      await eventually(() => !existsSync(flag), 'the thread failed');
      if (how === 'hangs') await clock.pass(11_000);
      assert.deepEqual(await frames, encoded(speech.samples));
    });
  }

  test('a close in the middle of many sentences does not end the process', async () => {
    for (let i = 0; i < 3; i++) {
      const closing = poolWith();
      await closing.prepare();
      const encoding = Array.from({ length: 8 }, () =>
        assert.rejects(framesOf(closing, all(tone(16_000 * 30))), { code: 'assistant_failed' }),
      );
      await new Promise((resolve) => setTimeout(resolve, 10 * i));
      await closing.close();
      await Promise.all(encoding);
    }
  });

  test('a close ends what is encoded', async () => {
    const closing = poolWith();
    const endless = async function* () {
      yield tone(16_000);
      await new Promise(() => {});
    };
    const ended = assert.rejects(framesOf(closing, endless()), { code: 'assistant_failed' });
    await eventually(() => closing.threads() > 0, 'a thread');
    await closing.close();
    await ended;
    await assert.rejects(framesOf(closing, all(tone(320))), { code: 'assistant_failed' });
  });

  test('many sentences at once, each with its own frames', async () => {
    const wanted = encoded(tone(8_000).samples);
    const sentences = Array.from({ length: 20 }, () =>
      framesOf(pool, all(tone(4_000), { ...tone(8_000), samples: tone(8_000).samples.slice(4_000) })),
    );
    for (const frames of await Promise.all(sentences)) assert.deepEqual(frames, wanted);
  });
});

/** Bytes where samples should be. */
function bytes(hex: string): Pcm {
  const content = Buffer.from(hex, 'hex');
  const samples = new Int16Array(content.length >> 1);
  Buffer.from(samples.buffer).set(content.subarray(0, samples.byteLength));
  return { samples, sampleRateHz: 24_000 };
}
