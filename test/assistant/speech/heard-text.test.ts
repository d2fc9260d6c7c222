import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import type { Pcm } from '../../../actors/assistant/parts/synthesizer.ts';
import speak from '../../../actors/assistant/speech/flite/flite-worker.ts';
import { createHeardText } from '../../../actors/assistant/speech/heard-text.ts';
import { createWordTimes, usualPace } from '../../../actors/assistant/speech/word-times/word-times.ts';
import { openTimedVoice } from '../../bench/pausing/timed-speech.ts';
import fc from '../../support/fast-check.ts';
import { testModel } from '../../support/models.ts';

const { wasm } = await testModel('flite');
const FRAME_MS = 20;
/** The silence at the end of a sentence. */
const END_MS = 160;

const count = (text: string): number => (text === '' ? 0 : text.split(' ').length);

/** What flite says them as has more than one word. */
const SAID_AS: Record<string, number> = { '10:25': 3, 'a.m.': 2, '21': 2, '°C.': 2, '7:45.': 3, '27,': 2, '2026.': 3 };
const SENTENCES = [
  'You asked me earlier about the capital of Australia, which is Canberra.',
  'I added milk, eggs and bread to your shopping list.',
  'Sure, I can help with that, although it may take a moment.',
  'It is 10:25 a.m. and 21 °C.',
  'The alarm rings tomorrow at 7:45.',
  'It is Friday, November 27, 2026.',
];

interface Spoken {
  text: string;
  /** As the reply has them. */
  wordEndsMs: readonly number[];
  frames: number;
  /** When each word ends, found in another way: by the phones of each word when it is said alone. */
  truthMs: number[];
}

describe('the words that were heard', () => {
  const spoken: Spoken[] = [];
  before(async () => {
    const module = new WebAssembly.Module(readFileSync(wasm));
    const timed = await openTimedVoice('rms');
    for (const text of SENTENCES) {
      const pcm = speak({ module, text, voice: 'rms' });
      const times = createWordTimes({ text, trimStart: true, pace: usualPace(), signal: new AbortController().signal });
      let samples = 0;
      for await (const piece of times.observe(inPieces(pcm))) samples += piece.samples.length;
      const wordEndsMs = times.endsMs();
      const leftOutMs = (pcm.wordEndsMs?.[0] ?? 0) - (wordEndsMs?.[0] ?? 0);
      const { words } = await timed.speak(text);
      let said = 0;
      const truthMs = text.split(' ').map((word) => {
        said += SAID_AS[word] ?? 1;
        return (words[said - 1]?.endsAtMs ?? 0) - leftOutMs;
      });
      assert.equal(said, words.length, text);
      assert.ok(leftOutMs > 50, 'the silence before the first word is left out');
      spoken.push({ text, wordEndsMs, frames: Math.ceil((samples / 16 - leftOutMs) / FRAME_MS), truthMs });
    }
  });

  /** Any sentence, cut anywhere. */
  const cuts = fc.tuple(fc.nat(SENTENCES.length - 1), fc.nat(1_000));

  /** How many words more were heard than was said, in so many cuts. */
  function mistakes(runs: number, heardAt: (spoken: Spoken, playedMs: number) => string): number[] {
    return fc.sample(cuts, runs).map(([index, thousandths]) => {
      const each = spoken[index] as Spoken;
      const lengthMs = each.frames * FRAME_MS;
      const playedMs = (thousandths / 1_000) * lengthMs;
      const isWhole = playedMs >= lengthMs - END_MS;
      const said = isWhole ? each.truthMs.length : each.truthMs.filter((endMs) => endMs <= playedMs).length;
      return count(heardAt(each, playedMs)) - said;
    });
  }

  function isComplete({ text, wordEndsMs, frames }: Spoken) {
    const heard = createHeardText();
    heard.begin({ text, wordEndsMs: () => wordEndsMs });
    heard.add(frames);
    heard.end();
    return heard;
  }

  test('are those that flite had said, to one word, wherever it is cut; nearly always to none', () => {
    const off = mistakes(500, (each, playedMs) => isComplete(each).at(playedMs));
    assert.ok(
      off.every((each) => Math.abs(each) <= 1),
      `${off}`,
    );
    assert.ok(off.filter((each) => each === 0).length > 0.95 * off.length, `${off}`);
  });

  test('also of a sentence that is still being encoded', () => {
    const off = mistakes(500, ({ text, wordEndsMs }, playedMs) => {
      const heard = createHeardText();
      heard.begin({ text, wordEndsMs: () => wordEndsMs });
      heard.add(Math.ceil(playedMs / FRAME_MS));
      return heard.at(playedMs);
    });
    assert.ok(off.filter((each) => Math.abs(each) <= 1).length > 0.95 * off.length, `${off}`);
  });

  test('begin with the text, never get fewer, and are all of it in the end', () => {
    const word = fc.constantFrom('Okay', 'the', 'answer', 'is', '12.5', '°C,', 'NASA', '日本', '—');
    const sentence = fc.record({
      words: fc.array(word, { minLength: 1 }),
      frames: fc.integer({ min: 1, max: 300 }),
      endsMs: fc.array(fc.nat(6_000)),
    });
    fc.assert(
      fc.property(fc.array(sentence, { minLength: 1 }), (sentences) => {
        const heard = createHeardText();
        let frames = 0;
        for (const { words, frames: length, endsMs } of sentences) {
          const sorted = endsMs.toSorted((a, b) => a - b);
          const wordEndsMs = words.map((_, index) => sorted[index] ?? Number.POSITIVE_INFINITY);
          assert.equal(heard.begin({ text: words.join(' '), wordEndsMs: () => wordEndsMs }), frames * FRAME_MS);
          heard.add(length);
          heard.end();
          frames += length;
        }
        const all = sentences.map(({ words }) => words.join(' ')).join(' ');
        let before = '';
        for (let ms = 0; ms <= frames * FRAME_MS; ms += 40 + Math.floor(frames / 10)) {
          const now = heard.at(ms).replace(/…$/, '');
          assert.ok(all.startsWith(now) && now.startsWith(before), `${now} after ${before}`);
          before = now;
        }
        assert.equal(heard.at(frames * FRAME_MS), all);
      }),
    );
  });

  test('are none before anything is spoken', () => {
    assert.equal(createHeardText().at(1_000), '');
  });
});

async function* inPieces({ samples, sampleRateHz, wordEndsMs }: Pcm): AsyncGenerator<Pcm> {
  for (let at = 0; at < samples.length; at += 1_600) yield { samples: samples.subarray(at, at + 1_600), sampleRateHz };
  if (wordEndsMs) yield { samples: new Int16Array(0), sampleRateHz, wordEndsMs };
}
