import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { LONG_SPEECH, readSamples } from '../support/speech.ts';

test('the monitor shows a daemon during a turn, and the totals of that turn', () =>
  inTemporaryFolder(async (folder) => {
    const env = { EARSHOT_MONITOR: join(folder, 'monitor') };
    const none = await earshot(['monitor'], { env }).ended;
    assert.deepEqual([none.code, none.stdout], [1, '']);
    assert.match(none.stderr, /No daemon runs here/);

    const gateway = earshot(['gateway', '--open', '--port', '0', '--json', '--state', join(folder, 'gateway')], {
      env,
    });
    const { url } = JSON.parse(await gateway.line(/url/));
    const args = ['--gateway', url, '--input', LONG_SPEECH, '--output', 'null', '--state', join(folder, 'device')];
    const daemon = earshot(['run', '--json', ...args], { env });
    try {
      await daemon.message(/connected/);
      const watching = earshot(['monitor', '--json'], { env });
      const streaming = JSON.parse(await watching.line(/"state":"streaming"/));
      assert.ok(streaming.sent.bytesPerSecond > 1_000, 'speech goes up');
      assert.ok(streaming.memoryMb > 20 && streaming.connected);
      await daemon.line(/"outcome":"done"/);
      const { totals } = JSON.parse(await watching.line(/"turns":1/));
      const frames = Math.ceil(readSamples(LONG_SPEECH).length / 320);
      assert.deepEqual([totals.framesSent, totals.framesPlayed, totals.failedTurns], [frames, frames, 0]);

      const shown = await earshot(['monitor'], { env }).ended;
      assert.match(shown.stdout, /^earshot .*connected.*\n/);
      assert.match(shown.stdout, /jitter buffer|downlink/);
      const metrics = await earshot(['monitor', '--prometheus'], { env }).ended;
      assert.match(metrics.stdout, /^earshot_turns_total 1$/m);
      const both = await earshot(['monitor', '--prometheus', '--json'], { env }).ended;
      assert.equal(both.code, 2);

      daemon.kill('SIGTERM');
      const { code, stderr } = await watching.ended;
      assert.deepEqual([code, stderr], [0, 'the daemon has ended\n']);
    } finally {
      daemon.kill('SIGTERM');
      gateway.kill('SIGTERM');
      await Promise.all([daemon.ended, gateway.ended]);
    }
  }));
