/**
 * Recordings as microphone in the modes that listen: they are heard in real time, and speech in them begins and ends the turn.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
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

test('voice: a recording without speech begins no turn', () =>
  inTemporaryFolder(async (folder) => {
    const input = join(folder, 'silence.wav');
    writeFileSync(input, wavOf([new Int16Array(RATE)]));
    const { code, stdout, stderr } = await earshot([...once(input, 'voice'), '--json'], { cwd: folder }).ended;
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /nobody began to speak in it\. Use --mode push to send all of it/);
  }));
