/**
 * Recordings as microphone in the modes that listen: they are heard in real time, and speech in them begins and ends the turn.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFliteProgram } from '../../actors/assistant/speech/flite/flite-program.ts';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { testModel, testModelsFolder } from '../support/models.ts';
import { readSamples, SHORT_SPEECH } from '../support/speech.ts';
import { SEVEN_STATES } from '../support/states.ts';
import { wavOf } from '../support/wav-of.ts';

const RATE = 16_000;
const once = (input: string, mode: string) => ['start', '--once', '--input', input, '--output', 'null', '--mode', mode];

test('voice: the speech in a recording is sent, not the silence around it', () =>
  inTemporaryFolder(async (folder) => {
    const speech = readSamples(SHORT_SPEECH).subarray(0, 2 * RATE);
    const samples = new Int16Array(speech.length + 4 * RATE);
    samples.set(speech, 2 * RATE);
    const input = join(folder, 'speech.wav');
    writeFileSync(input, wavOf([samples]));
    const { code, stdout, stderr } = await earshot([...once(input, 'voice'), '--json'], { cwd: folder }).ended;
    assert.equal(code, 0, stderr);
    const turn = JSON.parse(stdout);
    assert.equal(turn.trigger, 'voice');
    assert.deepEqual(turn.states, SEVEN_STATES);
    const sentMs = turn.sent.frames * 20;
    assert.ok(sentMs > 1_500 && sentMs < 4_500, `${sentMs} ms of 6 s were sent`);
  }));

test('voice: the end of the recording ends the utterance', () =>
  inTemporaryFolder(async (folder) => {
    const input = join(folder, 'speech.wav');
    writeFileSync(input, wavOf([readSamples(SHORT_SPEECH).subarray(0, 1.5 * RATE)]));
    const { code, stdout, stderr } = await earshot([...once(input, 'voice'), '--json'], { cwd: folder }).ended;
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).outcome, 'done');
  }));

test('voice: a recording leaves nothing behind: the next start listens as its own command line says', () =>
  inTemporaryFolder(async (folder) => {
    const input = join(folder, 'speech.wav');
    writeFileSync(input, wavOf([readSamples(SHORT_SPEECH).subarray(0, 1.5 * RATE)]));
    const state = join(folder, 'state');
    const { code, stderr } = await earshot([...once(input, 'voice'), '--state', state], { cwd: folder }).ended;
    assert.equal(code, 0, stderr);
    assert.equal(existsSync(join(state, 'local-settings.json')), false);
  }));

test('voice: a recording without speech begins no turn', () =>
  inTemporaryFolder(async (folder) => {
    const input = join(folder, 'silence.wav');
    writeFileSync(input, wavOf([new Int16Array(RATE)]));
    const { code, stdout, stderr } = await earshot([...once(input, 'voice'), '--json'], { cwd: folder }).ended;
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /nobody began to speak in it\. Use --mode push to send all of it/);
  }));

test('wake: the wake word in a recording begins the turn, and is not in it', () =>
  inTemporaryFolder(async (folder) => {
    const [{ wasm }] = await Promise.all([
      testModel('flite'),
      testModel('wake:hey_jarvis'),
      testModel('wake:features'),
    ]);
    const program = createFliteProgram(await WebAssembly.compile(readFileSync(wasm)));
    const { samples: word } = program.speak('Hey Jarvis.', 'slt');
    const speech = readSamples(SHORT_SPEECH).subarray(0, 2 * RATE);
    const samples = new Int16Array(RATE + word.length + speech.length + 2 * RATE);
    samples.set(word, RATE);
    samples.set(speech, RATE + word.length);
    const input = join(folder, 'speech.wav');
    writeFileSync(input, wavOf([samples]));
    const args = [...once(input, 'wake'), '--wake-word', 'openwakeword:hey_jarvis', '--json'];
    const { code, stdout, stderr } = await earshot(args, { cwd: folder, env: { EARSHOT_MODELS: testModelsFolder } })
      .ended;
    assert.equal(code, 0, stderr);
    const { trigger, states, sent } = JSON.parse(stdout);
    assert.equal(trigger, 'wake');
    assert.deepEqual(states, SEVEN_STATES);
    // Of the word itself at most its last sound.
    const sentMs = sent.frames * 20;
    assert.ok(sentMs > 1_500 && sentMs < 4_000 + 200, `${sentMs} ms of ${samples.length / 16} were sent`);
  }));
