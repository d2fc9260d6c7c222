/**
 * The embedded recogniser with its real model, real speech and Opus.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { PartialTranscript, Transcript } from '../../../actors/assistant/parts/transcriber.ts';
import {
  createMoonshineTranscriber,
  type MoonshineTranscriber,
} from '../../../actors/assistant/recognition/moonshine-transcriber.ts';
import recognise from '../../../actors/assistant/recognition/recogniser-worker.ts';
import { TRANSCRIBERS } from '../../../actors/assistant/registry.ts';
import { createOpusEncoder } from '../../../actors/codec/opus.ts';
import { EARCONS, synthesiseEarcon } from '../../../actors/earcons/earcons.ts';
import type { EarshotError } from '../../../src/core/errors.ts';
import { silentLog } from '../../../src/core/log/log.ts';
import { systemClock } from '../../../src/core/time/clock.ts';
import {
  addWordErrors,
  countWordErrors,
  NO_WORDS,
  wordErrorPercent,
} from '../../../src/tools/eval/words/word-errors.ts';
import { inTemporaryFolder } from '../../support/cli.ts';
import { inTime } from '../../support/in-time.ts';
import { testModel, testModelsFolder } from '../../support/models.ts';
import { countOwnTime } from '../../support/own-time.ts';
import { readSamples } from '../../support/speech.ts';

const asset = (name: string) =>
  fileURLToPath(new URL(`../../../assets/sense-and-sensibility-${name}.wav`, import.meta.url));
const SHORT = {
  path: asset('0880'),
  said: 'he was not an ill disposed young man',
  heard: /^He was not an ill.+ young man\.$/,
};
const RECORDINGS = [
  SHORT,
  {
    path: asset('0920'),
    said: 'had he married a more amiable woman he might have been made still more respectable than he was',
  },
  {
    path: asset('0870'),
    said: 'and mister john dashwood had then leisure to consider how much there might be prudently in his power to do for them',
  },
];

/** Time stands still for the scheduler: partial passes need no rest. */
const clock = { ...systemClock, now: () => 0 };

let transcriber: MoonshineTranscriber;
before(async () => {
  transcriber = createMoonshineTranscriber({
    model: await testModel('moonshine-tiny'),
    max: 1,
    clock,
    log: silentLog,
  });
  await transcriber.prepare();
});
after(() => transcriber.close());

function encoded(samples: Int16Array, silenceMs = 0): Uint8Array[] {
  const encoder = createOpusEncoder();
  const all = new Int16Array(samples.length + silenceMs * 16);
  all.set(samples);
  const frames = [];
  for (let at = 0; at + 320 <= all.length; at += 320) frames.push(encoder.encode(all.slice(at, at + 320)));
  return frames;
}

/** What is heard of frames that arrive much faster than in real time, three in a packet. */
function begin(signal = new AbortController().signal) {
  const partials: PartialTranscript[] = [];
  const pauses: Transcript[] = [];
  const waiting = new Set<() => void>();
  const tell = () => {
    for (const check of waiting) check();
  };
  const utterance = transcriber.begin({
    device: 'test',
    language: 'en',
    signal,
    onPartial(partial) {
      partials.push(partial);
      tell();
    },
    onPause(transcript) {
      pauses.push(transcript);
      tell();
    },
  });
  const push = (frames: readonly Uint8Array[]) => {
    for (let at = 0; at < frames.length; at += 3) utterance.push(frames.slice(at, at + 3), 0);
  };
  const until = (condition: () => boolean, what: string) => {
    const come = new Promise<void>((resolve) => {
      const check = () => {
        if (condition()) resolve();
      };
      waiting.add(check);
      check();
    });
    return inTime(come, what);
  };
  return { utterance, push, partials, pauses, until };
}

test('recorded speech: at most 5 % of the words are wrong', async () => {
  let errors = NO_WORDS;
  for (const { path, said } of RECORDINGS) {
    const { utterance, push } = begin();
    push(encoded(readSamples(path)));
    errors = addWordErrors(errors, countWordErrors(said, (await utterance.finish()).text));
  }
  const rate = wordErrorPercent(errors) ?? Number.NaN;
  assert.ok(rate <= 5, `${rate.toFixed(1)} %`);
});

test('an earcon is no word, alone or over the beginning of speech, even twice as loud as it is', async () => {
  for (const name of EARCONS) {
    const { utterance, push } = begin();
    const samples = new Int16Array(12_000);
    samples.set(synthesiseEarcon(name), 1_600);
    push(encoded(samples));
    assert.equal((await utterance.finish()).text, '', name);
  }
  const { utterance, push } = begin();
  const speech = readSamples(SHORT.path).slice();
  for (const [i, sample] of synthesiseEarcon('listening').entries()) speech[i] = (speech[i] ?? 0) + 2 * sample;
  push(encoded(speech));
  assert.match((await utterance.finish()).text, SHORT.heard);
});

test('the text comes while the person speaks, and its beginning becomes stable', async () => {
  const { utterance, push, partials, until } = begin();
  const frames = encoded(readSamples(RECORDINGS[1]?.path ?? ''));
  for (let step = 1; step <= 3; step++) {
    push(frames.slice((step - 1) * 80, step * 80));
    await until(() => partials.length >= step, `partial ${step}`);
  }
  assert.match(partials.at(-1)?.text ?? '', /^Had he married/);
  assert.match(partials.at(-1)?.stableText ?? '', /^Had he/);
  push(frames.slice(240));
  const { text, language } = await utterance.finish();
  assert.equal(countWordErrors(RECORDINGS[1]?.said ?? '', text).substituted, 0);
  assert.equal(language, 'en');
});

test('in a pause the text is there, and the end of the utterance only confirms it', async () => {
  const finals = transcriber.counts().final;
  const { utterance, push, pauses, until } = begin();
  push(encoded(readSamples(SHORT.path), 600));
  await until(() => pauses.length > 0, 'a pause');
  const { text } = await utterance.finish();
  assert.equal(text, pauses.at(-1)?.text);
  assert.match(text, SHORT.heard);
  assert.equal(transcriber.counts().final, finals, 'no pass at the end');
});

test('a long utterance is recognised in parts, which end in pauses', async () => {
  const { utterance, push, pauses, until } = begin();
  let said = '';
  for (const recording of RECORDINGS) {
    push(encoded(readSamples(recording.path), 700));
    said += ` ${recording.said}`;
    const told = pauses.length;
    await until(() => pauses.length > told, 'another pause');
  }
  const { text } = await utterance.finish();
  const rate = wordErrorPercent(countWordErrors(said, text)) ?? Number.NaN;
  assert.ok(rate <= 8, `${rate.toFixed(1)} %: ${text}`);
  assert.match(pauses.at(-1)?.text ?? '', /^He was not/, 'also a pause tells all of the text');
});

test('silence gives an empty text', async () => {
  const { utterance, push, partials, pauses } = begin();
  push(encoded(new Int16Array(32_000)));
  assert.deepEqual(await utterance.finish(), { text: '', language: 'en' });
  assert.deepEqual([partials.length, pauses.length], [0, 0]);
});

test('an utterance that is aborted is over at once; others go on', async () => {
  const stop = new AbortController();
  const aborted = begin(stop.signal);
  const other = begin();
  aborted.push(encoded(readSamples(RECORDINGS[2]?.path ?? '')));
  other.push(encoded(readSamples(SHORT.path)));
  const text = aborted.utterance.finish();
  const passedMs = countOwnTime();
  setImmediate(() => stop.abort(new Error('interrupted')));
  await assert.rejects(text, /interrupted/);
  const tookMs = passedMs();
  assert.ok(tookMs < 50, `${tookMs} ms`);
  assert.match((await other.utterance.finish()).text, SHORT.heard);
});

test('ten utterances at once are all recognised, each with at most one pass at its end', async () => {
  const finals = transcriber.counts().final;
  const utterances = Array.from({ length: 10 }, () => begin());
  const frames = encoded(readSamples(SHORT.path));
  for (let at = 0; at < frames.length; at += 15) {
    for (const { push } of utterances) push(frames.slice(at, at + 15));
    await new Promise(setImmediate);
  }
  for (const { text } of await Promise.all(utterances.map(({ utterance }) => utterance.finish()))) {
    assert.match(text, SHORT.heard);
  }
  assert.ok(transcriber.counts().final - finals <= 10);
});

test('two hearings at the same time, with one model, give the texts of each alone, in their order', async () => {
  const model = await testModel('moonshine-tiny');
  const hearings = [0, 1].map((at) => ({
    samples: readSamples(RECORDINGS[at]?.path ?? '').slice(0, 40_000),
    pace: [1.05, 0.95][at] ?? 1,
  }));
  const alone = [];
  for (const hearing of hearings) alone.push(...(await recognise({ model, hearings: [hearing] })));
  assert.match(alone[0] ?? '', SHORT.heard);
  assert.match(alone[1] ?? '', /^Had he married/);
  assert.deepEqual(await recognise({ model, hearings }), alone);
});

test('the provider says what is missing, and does not load a damaged model', async () => {
  const provider = await TRANSCRIBERS.moonshine?.();
  assert.ok(provider);
  await inTemporaryFolder(async (modelsFolder) => {
    const context = { clock: systemClock, log: silentLog, modelsFolder, reportUsage() {} };
    const fails = (code: string) => (error: EarshotError) =>
      error.code === code && /earshot models fetch moonshine-tiny/.test(error.hint);
    await assert.rejects(provider.create({}, context), fails('models_missing'));
    const folder = join(modelsFolder, 'moonshine-tiny');
    cpSync(join(testModelsFolder, 'moonshine-tiny'), folder, { recursive: true });
    const { encoder } = await testModel('moonshine-tiny');
    const path = encoder.replace(testModelsFolder, modelsFolder);
    mkdirSync(dirname(path), { recursive: true });
    const bytes = readFileSync(encoder);
    bytes[1_000] = (bytes[1_000] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    await assert.rejects(provider.create({}, context), fails('models_damaged'));
  });
});

test('a thread that fails is replaced and its pass repeated; then the utterance fails with a typed error', async () => {
  const model = { ...(await testModel('moonshine-tiny')), tokens: '/nonexistent' };
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (message: string) => warnings.push(message) };
  const broken = createMoonshineTranscriber({ model, clock, log });
  try {
    const utterance = broken.begin({ device: 'test', language: 'en', signal: new AbortController().signal });
    utterance.push(encoded(readSamples(SHORT.path)), 0);
    await assert.rejects(utterance.finish(), (error: EarshotError) => error.code === 'assistant_failed');
    assert.ok(warnings.includes('a task of a thread failed and is repeated'));
  } finally {
    await broken.close();
  }
});

test('the check of the provider uses it once', async () => {
  const provider = await TRANSCRIBERS.moonshine?.();
  const context = { clock: systemClock, log: silentLog, modelsFolder: testModelsFolder, reportUsage() {} };
  const found = [];
  for await (const check of provider?.check?.({}, context) ?? []) found.push(check);
  assert.deepEqual(
    found.map(({ name }) => name),
    ['model', 'speed'],
  );
  assert.equal(found[0]?.isOk, true);
});

test('a close while the model loads waits for it, because ending that thread would end the process', async () => {
  const other = createMoonshineTranscriber({
    ...{ model: await testModel('moonshine-tiny'), max: 1, clock, log: silentLog },
  });
  const prepared = other.prepare();
  // The tasks have begun.
  await new Promise(setImmediate);
  await other.close();
  await prepared;
});
