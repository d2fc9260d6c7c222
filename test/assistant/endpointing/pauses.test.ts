/** The sentences with pauses that the benches of the end of speech say, in a real voice. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { SAMPLES_PER_MS } from '../../../src/protocol/format.ts';
import { percentiles } from '../../../src/tools/latency/statistics.ts';
import { createRandom } from '../../../src/tools/simulation/random.ts';
import { sentenceInParts, withPauses } from '../../bench/pausing/pausable.ts';
import { stratifiedPausesMs } from '../../bench/pausing/pause-lengths.ts';
import { IN_PARTS, suiteSentences } from '../../bench/pausing/sentences.ts';
import { openTimedVoice, type TimedVoice } from '../../bench/pausing/timed-speech.ts';
import { isWhole } from '../../bench/pausing/whole-before.ts';
import { type SpokenWithPauses, spokenWithPauses, wholeRow } from '../../bench/room/pauses.ts';
import { rms } from '../../room/sounds.ts';

const COUNT = 16;
const BESIDE_MS = 60;
/** Of the samples; a soft sound of a voice is louder. */
const AUDIBLE = 10;

let voice: TimedVoice;
let list: SpokenWithPauses[];
before(async () => {
  voice = await openTimedVoice('rms');
  list = await spokenWithPauses({ pausing: [voice], half: 'tuning' }, COUNT, 1);
});

test('a pause is as long and as silent as it is stated, between sounds', () => {
  for (const { text, samples, pauses } of list) {
    for (const { fromMs, ms } of pauses) {
      const [from, to] = [fromMs * SAMPLES_PER_MS, (fromMs + ms) * SAMPLES_PER_MS];
      assert.ok(
        samples.subarray(from, to).every((sample) => sample === 0),
        `silent in “${text}”`,
      );
      const beside = BESIDE_MS * SAMPLES_PER_MS;
      assert.ok(rms(samples, from - beside, from) > AUDIBLE, `a sound before the pause in “${text}”`);
      assert.ok(rms(samples, to, to + beside) > AUDIBLE, `a sound after the pause in “${text}”`);
    }
  }
});

test('an utterance begins and ends with a sound at the times that it states', () => {
  for (const { text, samples, fromMs, toMs } of list) {
    assert.equal(samples.length, toMs * SAMPLES_PER_MS);
    for (const atMs of [fromMs, toMs - BESIDE_MS]) {
      const at = atMs * SAMPLES_PER_MS;
      assert.ok(rms(samples, at, at + BESIDE_MS * SAMPLES_PER_MS) > AUDIBLE, `“${text}” at ${atMs} ms`);
    }
  }
});

test('each fourth sentence is spoken in parts, the others are different ones of the suite, and all of the half', async () => {
  const inParts = IN_PARTS.tuning.map((text) => text.replaceAll(' |', ''));
  const suite = await suiteSentences('tuning');
  const [others, parts] = [list.filter((_, i) => i % 4 !== 3), list.filter((_, i) => i % 4 === 3)];
  for (const { text, pauses } of parts) {
    const index = inParts.indexOf(text);
    assert.equal(IN_PARTS.tuning[index]?.split('|').length, pauses.length + 1);
  }
  for (const { text, pauses } of others) {
    assert.ok(suite.includes(text), text);
    assert.equal(pauses.length, 1);
  }
  assert.equal(new Set(others.map(({ text }) => text)).size, others.length);
  const heldOut = await suiteSentences('held-out');
  assert.ok(suite.every((text) => !heldOut.includes(text)));
});

test('what is said before a pause is the beginning of the sentence', () => {
  const letters = (text: string) => text.toLowerCase().replace(/[^a-z]/g, '');
  for (const { text, pauses } of list) {
    for (const { wordsBefore } of pauses)
      assert.ok(letters(text).startsWith(letters(wordsBefore)), `${text}: ${wordsBefore}`);
  }
});

test('parts with pauses are as long as without, and the pauses', async () => {
  const { sections } = await sentenceInParts(voice, IN_PARTS.tuning[2] ?? '');
  const [without, paused] = [withPauses(sections, [0, 0]), withPauses(sections, [100, 250])];
  assert.equal(sections.length, 3);
  assert.equal(paused.length - without.length, 350 * SAMPLES_PER_MS);
});

test('pauses have the stated lengths', () => {
  for (const count of [40, 120]) {
    const { p50 = 0, p95 = 0 } = percentiles(stratifiedPausesMs(count, createRandom(count))) ?? {};
    assert.ok(p50 > 270 && p50 < 330, `median ${p50}`);
    assert.ok(p95 > 780 && p95 < 920, `95th percentile ${p95}`);
  }
});

test('a sentence that is whole before its pause is counted', async () => {
  assert.equal(await isWhole('what time is it'), true);
  assert.equal(await isWhole('how many seconds are in a day'), true);
  assert.equal(await isWhole('what is the weather in'), false);
  const [first] = list;
  assert.ok(first);
  const pause = { fromMs: 0, ms: 0, wordsBefore: '' };
  const spoken = {
    ...first,
    pauses: [true, false, false, false].map((isWholeThere) => ({ ...pause, isWhole: isWholeThere })),
  };
  assert.equal(wholeRow([spoken]).measured, 25);
});
