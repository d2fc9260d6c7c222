/**
 * A wake word of one's own from its beginning to its end: trained, written, read by the engine, heard; and a report that says no more than what
 * was found out. `npm test` trains with little; `npm run test:wake-training` as `earshot wake train` does.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { wavOf } from '../../actors/sound/wav-header.ts';
import { openScorer } from '../../actors/wake/scorer.ts';
import { StepCutter } from '../../actors/wake/step-cutter.ts';
import { readTrainedHead } from '../../actors/wake/trained-head.ts';
import { createWakeDetector, DEFAULT_RULE } from '../../actors/wake/wake-detector.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { openVoices } from '../../src/tools/eval/voices/open-voices.ts';
import type { Voice } from '../../src/tools/eval/voices/voice.ts';
import { mostExpected } from '../../src/tools/wake/confidence.ts';
import { readOwnRecordings } from '../../src/tools/wake/own-recordings.ts';
import { inNoise } from '../../src/tools/wake/sound-conditions.ts';
import { similarTexts } from '../../src/tools/wake/texts.ts';
import { type TrainingReport, trainWakeWord } from '../../src/tools/wake/train.ts';
import { TRAINING_MATERIAL, type TrainingMaterial } from '../../src/tools/wake/training-material.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import { testModel, testModelsFolder } from '../support/models.ts';
import { readSamples, SHORT_SPEECH } from '../support/speech.ts';

const PHRASE = 'hey earshot';
const isWhole = process.env.EARSHOT_WAKE_TRAINING === 'whole';
/** Other speech: what resembles the phrase, and two sentences. */
const LITTLE: TrainingMaterial = {
  ...{ trainedVoices: ['rms'], heldOutVoices: ['slt'], recordedVoices: [], speeds: [1], noisesDb: [undefined] },
  phraseTexts: (phrase) => [`${phrase}.`, `${phrase}!`, `${phrase}, what time is it?`],
  otherTexts: (phrase) => [...similarTexts(phrase).slice(0, 4), 'Here is what I wanted to show you.', 'Where is it?'],
};
const material = isWhole ? TRAINING_MATERIAL : LITTLE;
const context = { clock: systemClock, log: silentLog, modelsFolder: testModelsFolder, reportUsage() {} };

/** How often the engine hears a wake word in a sound, by the file that the training has written. */
async function openEngine(path: string) {
  const { threshold } = await readTrainedHead(path);
  const scorer = await openScorer({ ...(await testModel('wake:features')), head: path });
  return {
    heardIn(samples: Int16Array): number {
      scorer.reset();
      const detector = createWakeDetector({ ...DEFAULT_RULE, threshold });
      let heard = 0;
      const cutter = new StepCutter((step, atMs) => {
        if (detector.push(scorer.push(step, atMs), atMs)) heard += 1;
      });
      for (let at = 0; at < samples.length; at += 320) cutter.push(samples.subarray(at, at + 320), at / 16 + 20);
      return heard;
    },
    close: () => scorer.close(),
  };
}

/** In everything that was held out and is not the phrase, as the training made it. */
async function falseAccepts(engine: { heardIn(samples: Int16Array): number }, voices: readonly Voice[], own: string) {
  const texts = [...material.phraseTexts(PHRASE), ...material.otherTexts(PHRASE)];
  let accepted = 0;
  for (const { name, speak } of voices.filter((voice) => material.heldOutVoices.includes(voice.name))) {
    for (const [index, text] of texts.entries()) {
      if (index < material.phraseTexts(PHRASE).length) continue;
      const noiseDb = index % 2 === 0 ? undefined : 10;
      const heard = inNoise((await speak(text)) ?? new Int16Array(0), noiseDb, `${name} ${text} 1 ${noiseDb}`);
      accepted += engine.heardIn(heard.samples);
    }
  }
  const third = (await readOwnRecordings(own))[2];
  for (const noiseDb of [undefined, 10]) {
    const heard = inNoise(third?.speech ?? new Int16Array(0), noiseDb, `${third?.name} ${noiseDb}`);
    accepted += engine.heardIn(heard.samples);
  }
  return accepted;
}

const falseAcceptsOf = ({ falseAccepts: { count }, falseAcceptsWhenChosen }: TrainingReport) =>
  count + falseAcceptsWhenChosen;

test('a phrase is trained, and the engine hears what the report says that it hears', () =>
  inTemporaryFolder(async (folder) => {
    await testModel('flite');
    await testModel('wake:features');
    const recordings = join(folder, 'recordings');
    mkdirSync(recordings);
    for (const name of ['a', 'b', 'c']) {
      writeFileSync(join(recordings, `${name}.wav`), wavOf(readSamples(SHORT_SPEECH).subarray(0, 16_000)));
      writeFileSync(join(recordings, `${name}.txt`), 'Something else.');
    }
    const { head, report } = await trainWakeWord({ phrase: PHRASE, recordings, material, context, onProgress() {} });

    const path = join(folder, 'word.json');
    writeFileSync(path, JSON.stringify(head));
    const engine = await openEngine(path);
    const [trainedVoice = '', heldOutVoice = ''] = [material.trainedVoices[0], material.heldOutVoices[0]];
    const { voices, close } = await openVoices([trainedVoice, heldOutVoice], undefined, context);
    for (const { name, speak } of voices) {
      const said = report.recall.find(({ voice }) => voice === name);
      assert.equal(said?.isHeldOut, name === heldOutVoice, name);
      if (isWhole) continue;
      const heard: boolean[] = [];
      for (const text of material.phraseTexts(PHRASE)) {
        const speech = (await speak(text)) ?? new Int16Array(0);
        heard.push(engine.heardIn(inNoise(speech, undefined, `${name} ${text} 1 undefined`).samples) > 0);
      }
      const [{ noiseDb, said: count, found } = { noiseDb: 0, said: 0, found: 0 }] = said?.found ?? [];
      assert.deepEqual([noiseDb, count, found], [null, heard.length, heard.filter(Boolean).length], name);
    }
    assert.ok(report.recall[0]?.found[0]?.found, 'the trained voice is found');
    if (!isWhole) assert.equal(await falseAccepts(engine, voices, recordings), falseAcceptsOf(report));
    engine.close();
    await close();

    const { count, heardMinutes, mostPerHour } = report.falseAccepts;
    assert.ok(heardMinutes > 0);
    const bound = (mostExpected(count) * 60) / heardMinutes;
    assert.ok(Math.abs(mostPerHour / bound - 1) < (isWhole ? 0.05 : 0.3), `${mostPerHour} instead of ${bound}`);
    assert.ok(!report.notHeard.some((what) => what.includes('a person')), 'a person was heard');
    assert.deepEqual(head.training.report, report);
    if (!isWhole) return;
    for (const { voice, isHeldOut, found } of report.recall.filter((each) => each.isHeldOut)) {
      const [quiet] = found;
      assert.ok(quiet && quiet.found >= 0.9 * quiet.said, `${voice} ${isHeldOut}: ${quiet?.found} of ${quiet?.said}`);
    }
    assert.ok(count <= 1, `${count} false accepts in ${heardMinutes} minutes`);
    process.stdout.write(`${JSON.stringify(report)}\n`);
  }));

test('the bound of what may be expected is that of Poisson’s distribution', () => {
  // Chi-square tables: half of its 95th percentile with 2 (count + 1) degrees of freedom.
  const known = { 0: 2.996, 1: 4.744, 2: 6.296, 5: 10.513, 10: 16.962 };
  for (const [count, expected] of Object.entries(known)) {
    assert.ok(Math.abs(mostExpected(Number(count)) - expected) < 0.001, count);
  }
});
