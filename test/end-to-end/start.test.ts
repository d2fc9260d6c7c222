import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { PLAYBACK_POLICIES } from '../../src/device/audio/audio-thread.ts';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { alignedCorrelation, readSamples, SHORT_SPEECH, throughCodec } from '../support/speech.ts';
import { SEVEN_STATES } from '../support/states.ts';
import { undisturbedTurn } from '../support/undisturbed-turn.ts';

test('a recording passes through daemon and gateway and comes back as the same speech', () =>
  inTemporaryFolder(async (folder) => {
    const output = join(folder, 'out.wav');
    const args = ['start', '--once', '--input', SHORT_SPEECH, '--output', output, '--json'];
    const report = await undisturbedTurn(async () => {
      const { code, stdout, stderr } = await earshot(args, { cwd: folder }).ended;
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout);
    });

    const speech = readSamples(SHORT_SPEECH);
    assert.match(report.turnId, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    assert.deepEqual(report.states, SEVEN_STATES);
    assert.equal(report.sent.frames, Math.ceil(speech.length / 320));
    assert.ok(report.sent.packets >= report.sent.frames / 3 && report.sent.bytes > 1_000);
    assert.equal(report.reply.frames, report.sent.frames);
    for (const stage of ['capture', 'encode', 'uplink', 'cloud', 'downlink', 'decode', 'playback', 'total'] as const) {
      assert.ok((report.latencyMs[stage] ?? -1) >= 0, `latencyMs.${stage}`);
    }
    const { total, ...stages } = report.latencyMs as Record<string, number>;
    const sum = Object.values(stages).reduce((ms, stage) => ms + stage, 0);
    assert.ok(Math.abs(sum - (total ?? 0)) < 0.05, `${sum} of ${total} ms`);

    // Nothing was lost: the reply equals the encoded and decoded speech, sample for sample.
    const { correlation } = alignedCorrelation(throughCodec(speech), readSamples(output));
    assert.ok(correlation > 0.999, `correlation ${correlation}`);
  }));

test('a reply that is sent ahead is played in real time, with any jitter buffer', () =>
  inTemporaryFolder(async (folder) => {
    const speechMs = readSamples(SHORT_SPEECH).length / 16;
    for (const playback of PLAYBACK_POLICIES) {
      const output = join(folder, `${playback}.wav`);
      const args = ['start', '--once', '--input', SHORT_SPEECH, '--output', output, '--json', '--playback', playback];
      const { stdout, stderr } = await earshot(args, { cwd: folder }).ended;
      const { reply } = JSON.parse(stdout || stderr);
      const writtenMs = readSamples(output).length / 16;
      // A busy machine may make it longer, but it may not be shorter by more than the packet that is sent ahead with `live`.
      assert.ok(writtenMs >= speechMs - 80, `${playback}: ${writtenMs} ms of ${speechMs} were written`);
      assert.ok(Math.abs(reply.outMs - writtenMs) <= 20, `${playback}: ${reply.outMs} ms told, ${writtenMs} written`);
    }
  }));

test('standard output holds one JSON object and nothing else', () =>
  inTemporaryFolder(async (folder) => {
    const { stdout } = await earshot(['start', '--once', '--json'], { cwd: folder }).ended;
    assert.equal(stdout.trimEnd().split('\n').length, 1);
    assert.equal(typeof JSON.parse(stdout), 'object');
  }));

test('gateway and daemon as two processes, full duplex with echo', () =>
  inTemporaryFolder(async (folder) => {
    const gateway = earshot(['gateway', '--open', '--port', '0', '--responder', 'echo', '--json']);
    const { url } = JSON.parse(await gateway.line(/^\{/));
    const output = join(folder, 'echo.wav');
    const args = ['run', '--once', '--gateway', url, '--input', SHORT_SPEECH, '--output', output, '--json'];
    // An echo is not sent ahead: on a busy machine late packets would be stretched, and the correlation would be low.
    const report = await undisturbedTurn(async () => {
      const daemon = await earshot([...args, '--frames-per-packet', '1', '--playback', 'fixed']).ended;
      assert.equal(daemon.code, 0, daemon.stderr);
      return JSON.parse(daemon.stdout);
    });
    gateway.kill('SIGTERM');
    assert.deepEqual(report.states, SEVEN_STATES);
    const { correlation } = alignedCorrelation(throughCodec(readSamples(SHORT_SPEECH)), readSamples(output));
    assert.ok(correlation > 0.9, `correlation ${correlation}`);
    assert.equal((await gateway.ended).code, 0);
  }));
