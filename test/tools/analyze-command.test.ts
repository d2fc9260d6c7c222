import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { SHORT_SPEECH } from '../support/speech.ts';
import { wavOf } from '../support/wav-of.ts';

test('earshot analyze describes a recording in lines and as JSON', async () => {
  const lines = await earshot(['analyze', SHORT_SPEECH]).ended;
  assert.equal(lines.code, 0, lines.stderr);
  for (const word of ['level', 'noise floor', 'DC offset', 'silence', 'clipping'])
    assert.match(lines.stdout, new RegExp(word));
  const json = await earshot(['analyze', SHORT_SPEECH, '--json', '--silence-db', '-40', '--silence-ms', '100']).ended;
  const report = JSON.parse(json.stdout);
  assert.equal(report.silence.minMs, 100);
  assert.ok(report.silence.stretches.length > 0);
  assert.deepEqual(report.findings, []);
});

test('problems are reported with a hint, and an invalid file with one line', () =>
  inTemporaryFolder(async (cwd) => {
    writeFileSync(join(cwd, 'muted.wav'), wavOf([new Int16Array(8_000)]));
    const muted = await earshot(['analyze', 'muted.wav'], { cwd }).ended;
    assert.equal(muted.code, 0);
    assert.match(muted.stdout, /^! There is no sound in it\. Is the microphone muted/m);
    const missing = await earshot(['analyze', 'none.wav'], { cwd }).ended;
    assert.deepEqual([missing.code, missing.stdout], [2, '']);
    assert.match(missing.stderr, /There is no file none\.wav/);
    const level = await earshot(['analyze', 'muted.wav', '--silence-db', 'x'], { cwd }).ended;
    assert.equal(level.code, 2);
  }));

test('a turn with a silent recording gives a warning', () =>
  inTemporaryFolder(async (cwd) => {
    writeFileSync(join(cwd, 'muted.wav'), wavOf([new Int16Array(16_000)]));
    const args = ['start', '--once', '--input', 'muted.wav', '--output', 'null', '--state', join(cwd, 'state')];
    const { stderr } = await earshot(args, { cwd }).ended;
    assert.match(stderr, /no sound in the recording/);
  }));
