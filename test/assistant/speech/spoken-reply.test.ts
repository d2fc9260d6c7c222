import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { SpeakOptions, Synthesizer } from '../../../actors/assistant/parts/synthesizer.ts';
import { createEncoderPool, type EncoderPool } from '../../../actors/assistant/speech/encoding/encoder-pool.ts';
import { createSentenceCache } from '../../../actors/assistant/speech/sentence-cache.ts';
import {
  createSpokenReply,
  type SpokenPart,
  type SpokenReply,
  type SpokenReplyOptions,
} from '../../../actors/assistant/speech/spoken-reply.ts';
import { silentLog } from '../../../src/core/log/log.ts';
import { systemClock } from '../../../src/core/time/clock.ts';
import { eventually } from '../../support/eventually.ts';
import { countOwnTime } from '../../support/own-time.ts';
import { testClock } from '../../support/simulated-clock.ts';
import { hang, MS_A_CHARACTER, tone, toneSynthesizer } from './tone.ts';

const encoders = createEncoderPool({ clock: systemClock, log: silentLog, maxThreads: 2 });
after(() => encoders.close());

/** Frames without content, without another thread. */
const instantEncoders: EncoderPool = {
  ...encoders,
  async *encode(speech) {
    for await (const { samples } of speech) yield Array.from({ length: samples.length / 320 }, () => new Uint8Array(3));
  },
};

const OPTIONS = { device: 'kitchen', language: 'en', clock: systemClock, log: silentLog };

function replyOf(synthesizer: Synthesizer, options: Partial<SpokenReplyOptions> = {}): SpokenReply {
  return createSpokenReply({ synthesizer, encoders, cache: createSentenceCache(1_000_000), ...OPTIONS, ...options });
}

/** What came out: texts of sentences, and numbers of frames. */
async function read({ output }: SpokenReply): Promise<SpokenPart[]> {
  const parts: SpokenPart[] = [];
  for await (const part of output) parts.push(part);
  return parts;
}

const textsOf = (parts: SpokenPart[]) => parts.flatMap((part) => (part.type === 'sentence' ? [part.text] : []));
const framesOf = (parts: SpokenPart[]) => parts.flatMap((part) => (part.type === 'frames' ? part.frames : []));

describe('a spoken reply', () => {
  test('the first clause, then sentences, in order, each with its time', async () => {
    const synthesizer = toneSynthesizer();
    const reply = replyOf(synthesizer);
    for (const token of 'Sure, I can help with that, although it may take a while. It is done. **Anything** else I can do?'.split(
      /(?= )/,
    ))
      reply.write(token);
    reply.end();
    const parts = await read(reply);
    const sentences = [
      'Sure, I can help with that,',
      'although it may take a while.',
      'It is done. Anything else I can do?',
    ];
    assert.deepEqual(textsOf(parts), sentences);
    assert.deepEqual(synthesizer.said, sentences);
    let frames = 0;
    for (const part of parts) {
      if (part.type === 'frames') frames += part.frames.length;
      else assert.equal(part.fromMs, frames * 20);
    }
    // 6.5 ms of each sentence's last frame are the encoder's delay.
    const expected = sentences.reduce((sum, { length }) => sum + Math.ceil((length * MS_A_CHARACTER + 6.5) / 20), 0);
    assert.equal(frames, expected);
  });

  test('the first clause comes out before the text is complete', async () => {
    const reply = replyOf(toneSynthesizer());
    reply.write('One moment, please, I will look that up, ');
    reply.write('for');
    const first = await reply.output[Symbol.asyncIterator]().next();
    assert.equal(first.done !== true && first.value.type, 'sentence');
    reply.abort();
  });

  test('an empty reply, and one without anything to say', async () => {
    for (const text of ['', ' \n', '👍', '...', '---']) {
      const synthesizer = toneSynthesizer();
      const reply = replyOf(synthesizer);
      reply.write(text);
      reply.end();
      assert.deepEqual([await read(reply), synthesizer.said], [[], []], text);
      assert.equal(reply.heardText(1_000), '');
    }
  });

  test('a sentence that fails: those before it come out, then the error', async () => {
    const synthesizer = toneSynthesizer((text) => {
      if (text.includes('two')) throw new Error('it broke');
      return undefined;
    });
    const reply = replyOf(synthesizer);
    reply.write('This is sentence one of three. This is sentence two of three. This is sentence three.');
    reply.end();
    const parts: SpokenPart[] = [];
    await assert.rejects(async () => {
      for await (const part of reply.output) parts.push(part);
    }, /it broke/);
    assert.deepEqual(textsOf(parts), ['This is sentence one of three.']);
    assert.equal(framesOf(parts).length, Math.ceil((30 * MS_A_CHARACTER + 6.5) / 20));
    assert.equal(reply.heardText(60_000), 'This is sentence one of three.');
  });

  test('a synthesizer that hangs: assistant_timeout, and its stream is aborted', async () => {
    for (const first of [0, 1]) {
      const clock = testClock();
      const synthesizer = toneSynthesizer(async function* (_text: string, { signal }: SpeakOptions) {
        if (first > 0) yield tone(3_200);
        yield* hang(signal);
      });
      const reply = replyOf(synthesizer, { clock, limits: { synthesizerMs: 5_000 } });
      reply.write('Hello there.');
      reply.end();
      const failed = assert.rejects(read(reply), { code: 'assistant_timeout' });
      await eventually(
        () => clock.pass(1_000).then(() => synthesizer.said.length > 0 && synthesizer.speaking === 0),
        'end',
      );
      await failed;
    }
  });

  test('silence, and garbage', async () => {
    const instead = {
      silence: async function* () {},
      JSON: async function* () {
        yield {
          // A copy: the bytes of a small Buffer are somewhere in a larger one.
          samples: new Int16Array(new Uint8Array(Buffer.from('{"error": "sorry, no audio now"}')).buffer),
          sampleRateHz: 24_000,
        };
      },
      'no samples': async function* () {
        yield { samples: [1, 2, 3] as unknown as Int16Array, sampleRateHz: 16_000 };
      },
    };
    for (const [what, speak] of Object.entries(instead)) {
      const reply = replyOf(toneSynthesizer(speak));
      reply.write('Hello there.');
      reply.end();
      await assert.rejects(read(reply), { code: 'assistant_bad_answer' }, what);
    }
  });

  test('an abort ends everything within 50 ms, and nothing comes out after it', async () => {
    const synthesizer = toneSynthesizer((text, { signal }) => (text.startsWith('Two') ? hang(signal) : undefined));
    const reply = replyOf(synthesizer);
    reply.write('One is the first sentence. Two is the second sentence. Three is the third.');
    const parts = reply.output[Symbol.asyncIterator]();
    await parts.next();
    await eventually(() => synthesizer.said.length === 2, 'the second sentence');
    const passedMs = countOwnTime();
    reply.abort();
    assert.equal((await parts.next()).done, true);
    await eventually(() => synthesizer.speaking === 0, 'the end of the stream');
    const tookMs = passedMs();
    assert.ok(tookMs < 50, `${tookMs} ms`);
    reply.write('More text.');
    assert.equal((await parts.next()).done, true);
    assert.deepEqual(synthesizer.said.length, 2);
  });

  test('a reader that stops ends the reply', async () => {
    const synthesizer = toneSynthesizer((text, { signal }) => (text.startsWith('Two') ? hang(signal) : undefined));
    const reply = replyOf(synthesizer);
    reply.write('One is the first sentence. Two is the second sentence. ');
    for await (const _ of reply.output) break;
    await eventually(() => synthesizer.speaking === 0, 'the end of the stream');
  });

  test('ten minutes: only a part is synthesized ahead, and all is spoken in the end', async () => {
    const clock = testClock();
    const synthesizer = toneSynthesizer();
    const reply = replyOf(synthesizer, {
      clock,
      encoders: instantEncoders,
      limits: { aheadMs: 10_000 },
    });
    const sentences = Array.from({ length: 400 }, (_, i) => `This is the sentence number ${i}.`);
    for (const sentence of sentences) reply.write(`${sentence} `);
    reply.end();
    let parts: SpokenPart[] | undefined;
    const reading = read(reply).then((all) => {
      parts = all;
    });
    await eventually(() => synthesizer.said.length >= 6, 'the first sentences');
    await clock.pass(0);
    assert.ok(synthesizer.said.length <= 9, `${synthesizer.said.length} sentences of 1.6 s for 10 s`);
    const startedAtMs = clock.now();
    while (!parts) await clock.pass(500);
    await reading;
    assert.deepEqual(textsOf(parts ?? []), sentences);
    assert.ok(clock.now() - startedAtMs > 560_000, `${clock.now() - startedAtMs}`);
  });

  test('an endless answer is cut off, which is logged once', async () => {
    const clock = testClock();
    let warnings = 0;
    const log = { ...silentLog, warn: () => (warnings += 1) };
    const reply = replyOf(toneSynthesizer(), {
      clock,
      log,
      encoders: instantEncoders,
      limits: { waitingCharacters: 1_000 },
    });
    for (let i = 0; i < 1_000; i++) reply.write('This is a sentence of a model. ');
    let parts: SpokenPart[] | undefined;
    const reading = read(reply).then((all) => {
      parts = all;
    });
    while (!parts) await clock.pass(500);
    await reading;
    assert.deepEqual([textsOf(parts ?? []).length, warnings], [33, 1]);
  });

  test('a frequent sentence is synthesized twice only, for each voice', async () => {
    const synthesizer = toneSynthesizer();
    const cache = createSentenceCache(1_000_000);
    const frames: number[] = [];
    for (let i = 0; i < 5; i++) {
      const reply = replyOf(synthesizer, { cache });
      reply.write('Okay.');
      reply.end();
      frames.push(framesOf(await read(reply)).length);
    }
    assert.deepEqual(synthesizer.said.length, 2);
    assert.deepEqual(new Set(frames).size, 1);
    const other = replyOf(synthesizer, { cache, voice: 'other' });
    other.write('Okay.');
    other.end();
    await read(other);
    assert.equal(synthesizer.said.length, 3);
  });

  test('what was heard', async () => {
    const reply = replyOf(toneSynthesizer());
    reply.write('One two three four five six. Seven eight nine ten eleven.');
    reply.end();
    await read(reply);
    assert.equal(reply.heardText(0), '');
    assert.equal(reply.heardText(700), 'One two three…');
    assert.equal(reply.heardText(1_400), 'One two three four five six.');
    assert.equal(reply.heardText(60_000), 'One two three four five six. Seven eight nine ten eleven.');
  });

  test('what was heard, by the times of the synthesizer, also when the sentence is said from memory', async () => {
    // 95 ms of silence are left out before the words, which are very uneven.
    const synthesizer = toneSynthesizer(async function* () {
      yield { samples: new Int16Array(1_600), sampleRateHz: 16_000 };
      yield { ...tone(16_000), wordEndsMs: [200, 250, 1_000] };
    });
    const cache = createSentenceCache(1_000_000);
    for (const spoken of [1, 2, 2]) {
      const reply = replyOf(synthesizer, { cache });
      reply.write('Extraordinarily a b.');
      reply.end();
      await read(reply);
      assert.equal(synthesizer.said.length, spoken);
      assert.equal(reply.heardText(100), '');
      assert.equal(reply.heardText(110), 'Extraordinarily…');
      assert.equal(reply.heardText(200), 'Extraordinarily a…');
      assert.equal(reply.heardText(60_000), 'Extraordinarily a b.');
    }
  });
});
