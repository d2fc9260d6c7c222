/**
 * Two devices hear one wake word, each a process of its own with its own microphone, beside one gateway: the better one answers.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { readSamples, SHORT_SPEECH } from '../support/speech.ts';
import { wavOf } from '../support/wav-of.ts';
import { startWakePeer } from '../wake/wyoming-peer.ts';

const RATE = 16_000;
/** Of both together, before the word. */
const HEARD_MS = 4_000;

/** Speech and silence in turns: what follows the wake word has an end. */
function microphone(level: number): Int16Array {
  const speech = readSamples(SHORT_SPEECH).subarray(0, 2 * RATE);
  const samples = new Int16Array(60 * RATE);
  for (let at = 0; at < samples.length; at += 4 * RATE)
    samples.set(
      speech.map((sample) => level * sample),
      at,
    );
  return samples;
}

test('two devices hear one wake word: the louder one answers', () =>
  inTemporaryFolder(async (folder) => {
    const wake = await startWakePeer({ words: ['hey_earshot'] });
    const gateway = earshot([
      'gateway',
      '--open',
      '--port',
      '0',
      '--state',
      join(folder, 'cloud'),
      '--ephemeral',
      '--json',
    ]);
    const { url } = JSON.parse(await gateway.line(/^\{/));
    const start = (name: string, level: number) => {
      const input = join(folder, `${name}.wav`);
      writeFileSync(input, wavOf([microphone(level)]));
      const engine = ['--mode', 'wake', '--wake-word', `wyoming:${wake.url}`, '--follow-up', '0'];
      const files = ['--input', input, '--output', 'null', '--state', join(folder, name)];
      return earshot(['run', '--gateway', url, '--name', name, '--json', ...engine, ...files]);
    };
    const devices = [start('far', 0.1), start('near', 1)];
    const [far, near] = devices;
    await eventually(() => wake.connections() === 2 && wake.heardMs() > HEARD_MS, 'both listen');
    wake.detect();
    const answered = JSON.parse((await near?.line(/"turnId"/)) ?? '');
    assert.deepEqual([answered.trigger, answered.outcome], ['wake', 'done']);
    const other = JSON.parse((await far?.line(/"turnId"/)) ?? '');
    assert.deepEqual([other.trigger, other.outcome], ['wake', 'cancelled']);
    for (const process of [...devices, gateway]) process.kill('SIGTERM');
    const [{ stderr }] = await Promise.all([gateway.ended, ...devices.map(({ ended }) => ended)]);
    assert.match(stderr, /another device answers to the wake word .*device=far .*answers=near/);
    await wake.close();
    assert.deepEqual(wake.violations, []);
  }));
