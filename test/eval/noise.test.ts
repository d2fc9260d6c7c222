/**
 * The utterances that are heard: speech of one level, silences of one length, and noise of a known level.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readSpeechFile } from '../../actors/sound/wav-file.ts';
import { BUNDLED_RECORDING } from '../../src/core/files/bundled.ts';
import { babble, describeNoise, parseNoises, seedOf, whiteNoise } from '../../src/tools/eval/noise.ts';
import { addNoise, placeSpeech, speechLevel } from '../../src/tools/eval/utterance.ts';

const recording = await readSpeechFile(BUNDLED_RECORDING);
const speech = placeSpeech(recording);
const SECOND = 16_000;

function decibelsBetween(louder: number, quieter: number): number {
  return 20 * Math.log10(louder / quieter);
}

function rms(samples: ArrayLike<number>): number {
  return Math.sqrt(Array.from(samples).reduce((sum, each) => sum + each * each, 0) / samples.length);
}

describe('an utterance', () => {
  test('has speech of one level, however loud it was', () => {
    const quiet = placeSpeech(recording.map((sample) => Math.round(sample / 8)));
    assert.ok(Math.abs(decibelsBetween(speechLevel(speech), 0.05)) < 0.2);
    assert.ok(Math.abs(decibelsBetween(speechLevel(quiet), 0.05)) < 0.2);
    assert.equal(placeSpeech(new Int16Array(SECOND)).length, 0);
    assert.equal(placeSpeech(new Int16Array(0)).length, 0);
  });

  test('begins 300 ms before the first word and ends 200 ms after the last, whatever silence was there', () => {
    const tone = Int16Array.from({ length: SECOND }, (_, i) => 8_000 * Math.sin(i / 5));
    for (const [before, after] of [
      [0, 0],
      [SECOND, 3 * SECOND],
      [800, 1_600],
    ] as const) {
      const placed = placeSpeech(Int16Array.from([...new Int16Array(before), ...tone, ...new Int16Array(after)]));
      assert.equal(placed.length, SECOND + 8_000);
      assert.equal(placed.findIndex((sample) => sample !== 0) - 4_800, 1);
      assert.equal(placed.length - placed.findLastIndex((sample) => sample !== 0), 3_201);
    }
  });

  test('keeps soft sounds at both ends of the speech', () => {
    const soft = Int16Array.from({ length: 1_600 }, (_, i) => 100 * Math.sin(i / 2));
    const tone = Int16Array.from({ length: SECOND }, (_, i) => 8_000 * Math.sin(i / 5));
    const placed = placeSpeech(Int16Array.from([...soft, ...tone, ...soft]));
    assert.ok(rms(placed.subarray(3_200, 4_800)) > 10);
    assert.ok(rms(placed.subarray(-3_200, -1_600)) > 10);
  });
});

describe('noise', () => {
  const talkers = [speech, speech.toReversed(), speech.subarray(8_000)];
  const kinds = {
    white: (samples: number, seed: number) => whiteNoise(samples, seed),
    babble: (samples: number, seed: number) => babble(talkers, samples, seed),
  };
  for (const [kind, make] of Object.entries(kinds)) {
    for (const snrDb of [20, 10, 0]) {
      test(`${kind} is ${snrDb} dB below the speech`, () => {
        const utterance = speech;
        const noise = make(utterance.length, 1);
        const noisy = addNoise(utterance, noise, snrDb);
        const added = noisy.map((sample, i) => sample - (utterance[i] ?? 0));
        const found = decibelsBetween(speechLevel(utterance) * 32_768, rms(added));
        assert.ok(Math.abs(found - snrDb) < 0.3, `${found}`);
      });
    }

    test(`${kind} is the same for the same seed, and another for another`, () => {
      assert.deepEqual(make(SECOND, 7), make(SECOND, 7));
      assert.notDeepEqual(make(SECOND, 7), make(SECOND, 8));
    });
  }

  test('of silence is silence, and of nothing nothing', () => {
    assert.ok(addNoise(new Int16Array(SECOND), whiteNoise(SECOND, 1), 10).every((sample) => sample === 0));
    assert.equal(addNoise(new Int16Array(0), whiteNoise(0, 1), 10).length, 0);
  });

  test('has a seed that follows from a text', () => {
    assert.equal(seedOf('rms\nWhat time is it?'), seedOf('rms\nWhat time is it?'));
    assert.notEqual(seedOf('a'), seedOf('b'));
  });

  test('is spelled by kind and level', () => {
    assert.deepEqual(parseNoises('none,white:20,babble:10'), [
      undefined,
      { kind: 'white', snrDb: 20 },
      { kind: 'babble', snrDb: 10 },
    ]);
    assert.deepEqual(parseNoises('20')?.map(describeNoise), ['white 20 dB', 'babble 20 dB']);
    for (const wrong of ['', 'pink:20', 'white:', 'white:x', 'none,,20', '200'])
      assert.equal(parseNoises(wrong), undefined, wrong);
  });
});
