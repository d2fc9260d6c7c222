/** `earshot devices test`, with files in place of cards. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { readSpeechFile } from '../../actors/sound/wav-file.ts';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { SHORT_SPEECH } from '../support/speech.ts';

test('a tone is played, speech is recorded, judged and kept; JSON has the figures', () =>
  inTemporaryFolder(async (folder) => {
    const [tone, kept] = [join(folder, 'heard.wav'), join(folder, 'kept.wav')];
    const args = ['devices', 'test', '--input', SHORT_SPEECH, '--output', tone, '--recording', kept, '--seconds', '2'];
    const { code, stdout, stderr } = await earshot([...args, '--json']).ended;
    assert.equal(code, 0, stderr);
    const told = JSON.parse(stdout) as { seconds: number; peakDb: number; findings: unknown[] };
    const recorded = await readSpeechFile(kept);
    assert.deepEqual(recorded, (await readSpeechFile(SHORT_SPEECH)).subarray(0, recorded.length));
    assert.ok(Math.abs(told.seconds - recorded.length / 16_000) < 0.01 && told.peakDb < 0, stdout);
    assert.deepEqual(told.findings, []);
    assert.match(stderr, /you hear a tone[\s\S]*say something, for 2 s[\s\S]*this was recorded/);
  }));

test('silence is a finding with a hint, and exit code 1; a file that is missing is exit code 2', async () => {
  const silent = await earshot(['devices', 'test', '--input', 'silence', '--output', 'null', '--seconds', '1']).ended;
  assert.equal(silent.code, 1);
  assert.match(silent.stdout, /! There is no sound in it\. Is the microphone muted/);
  const missing = await earshot(['devices', 'test', '--input', 'none.wav', '--output', 'null']).ended;
  assert.deepEqual([missing.code, missing.stdout], [2, '']);
});
