import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodeOpusFile } from '../../src/core/ogg/opus-file.ts';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { SHORT_SPEECH } from '../support/speech.ts';

test('earshot opus writes the file and prints the cost of every frame size', () =>
  inTemporaryFolder(async (folder) => {
    const output = join(folder, 'speech.opus');
    const args = ['opus', '--input', SHORT_SPEECH, '--output', output, '--frame-ms', '60', '--json'];
    const { code, stdout, stderr } = await earshot(args).ended;
    assert.equal(code, 0, stderr);
    const report = JSON.parse(stdout);
    assert.deepEqual(
      report.trials.map(({ frameMs }: { frameMs: number }) => frameMs),
      [2.5, 5, 10, 20, 40, 60],
    );
    const { packets, durationMs } = decodeOpusFile(readFileSync(output));
    assert.equal(packets.length, report.trials.at(-1).frames);
    assert.equal(durationMs, report.seconds * 1_000);
  }));

test('without --output there are only figures; a wrong frame size or file gives one line', () =>
  inTemporaryFolder(async (cwd) => {
    const table = await earshot(['opus', '--input', SHORT_SPEECH], { cwd }).ended;
    assert.equal(table.code, 0);
    assert.match(table.stdout, /frame ms .* fwSNR dB/);
    assert.equal(table.stdout.trimEnd().split('\n').length, 8);

    const frame = await earshot(['opus', '--input', SHORT_SPEECH, '--frame-ms', '30'], { cwd }).ended;
    assert.equal(frame.code, 2);
    assert.match(frame.stderr, /2\.5, 5, 10, 20, 40, 60 ms/);
    const missing = await earshot(['opus', '--input', 'nothing.wav'], { cwd }).ended;
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /There is no file nothing\.wav/);
    const output = join(cwd, 'no', 'folder.opus');
    const unwritable = await earshot(['opus', '--input', SHORT_SPEECH, '--output', output], { cwd }).ended;
    assert.equal(unwritable.code, 2);
    assert.match(unwritable.stderr, /cannot be written: its folder does not exist/);
    assert.ok(!existsSync(output));
  }));
