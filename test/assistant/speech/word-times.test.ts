/**
 * When words end in the speech of voices that do not tell it: those of flite, whose times are known and hidden here, at their own pace and faster or more
 * slowly.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { Pcm } from '../../../actors/assistant/parts/synthesizer.ts';
import speak from '../../../actors/assistant/speech/flite/flite-worker.ts';
import { wordSizes } from '../../../actors/assistant/speech/word-times/spoken-size.ts';
import { createWordTimes, usualPace } from '../../../actors/assistant/speech/word-times/word-times.ts';
import fc from '../../support/fast-check.ts';
import { testModel } from '../../support/models.ts';

const { wasm } = await testModel('flite');
const SENTENCES = [
  'You have three reminders: call your mother, water the plants and pay the rent.',
  'Good morning, it is Friday, November 27, 2026.',
  'Thank you, I am fine, and I hope that you are, too.',
  'The museum is closed on Mondays, opens at nine, and costs €12 for adults.',
];

interface Spoken {
  text: string;
  pcm: Pcm;
  endsMs: readonly number[];
  lengthMs: number;
}

/** Each sentence in another voice, at three paces: played at another rate, a voice has another pitch, too. */
const spoken = ((): Spoken[] => {
  const module = new WebAssembly.Module(readFileSync(wasm));
  return (['rms', 'slt', 'awb', 'kal16'] as const).flatMap((voice, index) => {
    const text = SENTENCES[index] as string;
    const { samples, sampleRateHz, wordEndsMs = [] } = speak({ module, text, voice });
    return [0.85, 1, 1.2].map((pace) => ({
      text,
      pcm: { samples, sampleRateHz: Math.round(sampleRateHz * pace) },
      endsMs: wordEndsMs.map((endMs) => endMs / pace),
      lengthMs: (1_000 * samples.length) / (sampleRateHz * pace),
    }));
  });
})();

async function* one(pcm: Pcm): AsyncGenerator<Pcm> {
  yield pcm;
}

const timesOf = (text: string, { signal } = new AbortController()) =>
  createWordTimes({ text, trimStart: false, pace: usualPace(), signal });
const over = (endsMs: readonly number[], atMs: number) => endsMs.filter((endMs) => endMs <= atMs).length;

/** How many words more were over than estimated, in so many cuts. */
async function mistakes(runs: number, estimate: (spoken: Spoken, cutMs: number) => Promise<readonly number[]>) {
  const cuts = fc.sample(fc.tuple(fc.nat(spoken.length - 1), fc.nat(1_000)), runs);
  const off: number[] = [];
  for (const [index, thousandths] of cuts) {
    const each = spoken[index] as Spoken;
    const cutMs = (each.lengthMs * thousandths) / 1_000;
    off.push(Math.abs(over(await estimate(each, cutMs), cutMs) - over(each.endsMs, cutMs)));
  }
  return (most: number) => off.filter((words) => words <= most).length / off.length;
}

describe('when the words end in the speech of a voice that does not tell', () => {
  test('of a whole sentence: nearly always to one word', async () => {
    const estimates = new Map<Spoken, readonly number[]>();
    for (const each of spoken) {
      const times = timesOf(each.text);
      for await (const _ of times.observe(one(each.pcm)));
      estimates.set(each, times.endsMs());
    }
    const share = await mistakes(500, async (each) => estimates.get(each) ?? []);
    assert.ok(share(0) >= 0.84 && share(1) >= 0.99, `${share(0)} ${share(1)}`);
  });

  test('of a sentence that is still coming, whose pace is not known: mostly to one word', async () => {
    const share = await mistakes(60, async ({ text, pcm: { samples, sampleRateHz } }, cutMs) => {
      const times = timesOf(text);
      const heard = samples.subarray(0, Math.ceil((cutMs * sampleRateHz) / 1_000));
      await times
        .observe(one({ samples: heard, sampleRateHz }))
        [Symbol.asyncIterator]()
        .next();
      return times.endsMs();
    });
    assert.ok(share(0) >= 0.68 && share(1) >= 0.89 && share(2) >= 0.98, `${share(0)} ${share(1)} ${share(2)}`);
  });

  test('a sentence whose voice was aborted is not complete: no word is put into the part that came', async () => {
    const { text, pcm, endsMs } = spoken[1] as Spoken;
    const abort = new AbortController();
    const times = timesOf(text, abort);
    const part = { ...pcm, samples: pcm.samples.subarray(0, pcm.samples.length / 3) };
    for await (const _ of times.observe(one(part))) abort.abort();
    const partMs = (1_000 * part.samples.length) / pcm.sampleRateHz;
    assert.ok(Math.abs(over(times.endsMs(), partMs) - over(endsMs, partMs)) <= 1);
  });

  test('in their order, whatever is spoken; none that has not come', () => {
    const words = fc.array(fc.constantFrom('Okay,', 'the', 'answer', 'is', '12.5', '°C.', 'NASA', '日本', '—'), {
      minLength: 1,
    });
    const levels = fc.array(fc.nat(12_000), { maxLength: 40 });
    return fc.assert(
      fc.asyncProperty(words, levels, fc.boolean(), async (said, loudness, isWhole) => {
        const samples = Int16Array.from({ length: loudness.length * 800 }, (_, at) =>
          Math.round((loudness[Math.floor(at / 800)] ?? 0) * Math.sin(at / 9)),
        );
        const times = timesOf(said.join(' '));
        const pieces = times.observe(one({ samples, sampleRateHz: 16_000 }))[Symbol.asyncIterator]();
        await pieces.next();
        if (isWhole) await pieces.next();
        const endsMs = times.endsMs();
        assert.equal(endsMs.length, said.length);
        assert.deepEqual(
          endsMs,
          endsMs.toSorted((a, b) => a - b),
        );
        assert.ok(endsMs.every((endMs) => endMs <= samples.length / 16 + 20 || endMs === Number.POSITIVE_INFINITY));
      }),
    );
  });

  test('times that are not one for each word are not used', async () => {
    const times = timesOf('One two three.');
    for await (const _ of times.observe(
      one({ samples: new Int16Array(1_600), sampleRateHz: 16_000, wordEndsMs: [10] }),
    ));
    assert.deepEqual(times.endsMs(), Array(3).fill(Number.POSITIVE_INFINITY));
  });
});

test('a word is as long as it is spoken', () => {
  const syllables = (text: string) => Math.round(wordSizes(text).reduce((sum, word) => sum + word.syllables, 0));
  const said: [text: string, syllables: number][] = [
    ['banana', 3],
    ['time called uses', 4],
    ['NASA', 4],
    ['2026', 5],
    ['21 °C', 6],
    ['Добрый день', 3],
    ['größer', 2],
  ];
  for (const [text, expected] of said) assert.equal(syllables(text), expected, text);
  assert.deepEqual(
    wordSizes('Yes, “no.” 3:25 p.m. is').map(({ hasMark }) => hasMark),
    [true, true, false, true, false],
  );
});
