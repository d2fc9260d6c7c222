/** openWakeWord's real models, in their thread, with speech of the embedded voice. */
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createFliteProgram } from '../../actors/assistant/speech/flite/flite-program.ts';
import type { WakeWord } from '../../actors/listening/wake-engine.ts';
import { openWakeEngine } from '../../actors/wake/engines.ts';
import type { WakeScore } from '../../actors/wake/provider.ts';
import { openScorer } from '../../actors/wake/scorer.ts';
import { startWakeThread } from '../../actors/wake/wake-thread.ts';
import { createScope, type OwnedScope } from '../../src/core/actor/scope.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { testModel, testModelsFolder } from '../support/models.ts';

const STEP = 1_280;
const STEP_MS = 80;
const QUIET_SAMPLES = 16_000;

let program: ReturnType<typeof createFliteProgram>;
let scope: OwnedScope;
let crashes: unknown[];

before(async () => {
  const { wasm } = await testModel('flite');
  program = createFliteProgram(await WebAssembly.compile(readFileSync(wasm)));
  await testModel('wake:hey_jarvis');
  await testModel('wake:features');
  crashes = [];
  scope = createScope('a test', { clock: systemClock, log: silentLog, onCrash: (error) => crashes.push(error) });
});
after(() => {
  scope.end();
  assert.deepEqual(crashes, []);
});

/** A second of silence, the text, and a second of silence. */
function spoken(text: string): { samples: Int16Array; endsAtMs: number } {
  const { samples, sampleRateHz } = program.speak(text, 'slt');
  assert.equal(sampleRateHz, 16_000);
  const all = new Int16Array(QUIET_SAMPLES + samples.length + QUIET_SAMPLES);
  all.set(samples, QUIET_SAMPLES);
  const last = samples.findLastIndex((sample) => Math.abs(sample) > 300);
  return { samples: all, endsAtMs: (QUIET_SAMPLES + last) / 16 };
}

async function listen(name: string, sounds: readonly Int16Array[], startAtMs = 70_000) {
  const heard: WakeWord[] = [];
  const scores: WakeScore[] = [];
  const onScore = (score: WakeScore) => void scores.push(score);
  const open = openWakeEngine(name, { modelsFolder: testModelsFolder, onScore });
  const engine = await open((wake) => heard.push(wake), scope);
  let samplesBefore = 0;
  let steps = 0;
  for (const sound of sounds) {
    // Blocks as long as no step.
    for (let at = 0; at < sound.length; at += 960) {
      const block = sound.slice(at, at + 960);
      samplesBefore += block.length;
      engine.push(block, startAtMs + samplesBefore / 16);
      block.fill(12_345);
      if (Math.floor(samplesBefore / STEP) === steps) continue;
      steps = Math.floor(samplesBefore / STEP);
      if (steps % 10 === 0) await eventually(() => scores.length === steps, 'the scores');
    }
  }
  await eventually(() => scores.length === Math.floor(samplesBefore / STEP), 'the scores');
  engine.close();
  return { heard, scores };
}

test('the wake word is heard once, its end is where it ended, and a sentence that resembles it is none', async () => {
  const wake = spoken('hey jarvis, what time is it?');
  const alone = spoken('hey jarvis');
  const other = spoken('hey there, travis is here');
  const { heard, scores } = await listen('openwakeword:hey_jarvis', [other.samples, wake.samples, other.samples]);
  assert.equal(heard.length, 1);
  const [{ word, score, startedAtMs, endedAtMs } = {} as WakeWord] = heard;
  assert.equal(word, 'hey jarvis');
  assert.ok(score > 0.9, `score ${score}`);
  const endsAtMs = 70_000 + other.samples.length / 16 + alone.endsAtMs;
  assert.ok(Math.abs(endedAtMs - endsAtMs) < 150, `${Math.round(endedAtMs - endsAtMs)} ms after its end`);
  assert.ok(endedAtMs - startedAtMs > 400);
  // Each score has the time of the last sample that it knows.
  assert.deepEqual(
    scores.slice(0, 3).map(({ atMs }) => Math.round(atMs)),
    [70_080, 70_160, 70_240],
  );
});

test('a threshold that nothing reaches', async () => {
  const { heard } = await listen('openwakeword:hey_jarvis?threshold=1', [spoken('hey jarvis').samples]);
  assert.deepEqual(heard, []);
});

test('what was said before a gap does not count, also when the rest of the word follows', async () => {
  const scorer = await openScorer(await testModel('wake:hey_jarvis'));
  const { samples, endsAtMs } = spoken('hey jarvis');
  /** The highest score; the time stands still for so long in the middle of the word. */
  const highest = (gapMs: number): number => {
    scorer.reset();
    let best = 0;
    for (let step = 0; (step + 1) * STEP <= samples.length; step += 1) {
      const isAfter = step * STEP_MS > endsAtMs - 300;
      const score = scorer.push(
        samples.subarray(step * STEP, (step + 1) * STEP),
        step * STEP_MS + (isAfter ? gapMs : 0),
      );
      best = Math.max(best, score);
    }
    return best;
  };
  assert.ok(highest(0) > 0.9);
  assert.ok(highest(10_000) < 0.3, 'only “vis” was heard');
  assert.ok(highest(0) > 0.9, 'a reset forgets the gap');
  scorer.close();
});

test('the library stays when the garbage collector runs', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const scorer = await openScorer(await testModel('wake:hey_jarvis'));
  for (let round = 0; round < 3; round += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  assert.ok(scorer.push(new Int16Array(STEP), 0) < 0.1);
  scorer.close();
});

test('files that are no models are told in one line', () =>
  inTemporaryFolder(async (folder) => {
    const models = await testModel('wake:hey_jarvis');
    const start = (head: string) => startWakeThread({ ...models, head }, () => {}, scope);
    await assert.rejects(start(join(folder, 'missing.onnx')), { code: 'file_not_found' });
    const noise = join(folder, 'noise.onnx');
    writeFileSync(noise, 'not a model');
    await assert.rejects(start(noise), { code: 'wake_model_invalid', message: /noise\.onnx is no model/ });
    const other = join(folder, 'other.onnx');
    copyFileSync(models.embedding, other);
    await assert.rejects(start(other), { code: 'wake_model_invalid', message: /its input is \[.*\] instead of/ });
    const json = join(folder, 'word.json');
    writeFileSync(json, '{"format":"earshot wake word","version":1}');
    await assert.rejects(start(json), { code: 'wake_model_invalid', message: /word\.json is no wake word: / });
  }));
