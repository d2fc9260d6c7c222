/**
 * A turn through real sound devices: speech is played into a (virtual) microphone, and the output of the (virtual) speaker is
 * recorded.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startVirtualSound } from '../sound/virtual-sound.ts';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { once } from '../support/in-time.ts';
import { alignedCorrelation, readSamples, SHORT_SPEECH, throughCodec } from '../support/speech.ts';
import { SEVEN_STATES } from '../support/states.ts';

/** PulseAudio's monitor wakes up with the first sound that is played into it. */
const LEAD_SAMPLES = 24_000;
const TAIL_SAMPLES = 8_000;
/** A virtual card on a busy machine sometimes drops samples, unlike a real one: then the test is repeated. */
const ATTEMPTS = 8;

test('speech into the card’s microphone comes back from its speaker by the parrot', async (t) => {
  const sound = await startVirtualSound();
  if (!sound) {
    assert.notEqual(process.env.EARSHOT_REQUIRE_SOUND, '1', 'PulseAudio is not installed');
    return t.skip('needs PulseAudio');
  }
  try {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const correlation = await inTemporaryFolder(async (folder) => {
        const speech = readSamples(SHORT_SPEECH);
        const paddedSpeech = new Int16Array(LEAD_SAMPLES + speech.length + TAIL_SAMPLES);
        paddedSpeech.set(speech, LEAD_SAMPLES);
        const raw = join(folder, 'speech.raw');
        writeFileSync(raw, new Uint8Array(paddedSpeech.buffer));
        const format = ['--raw', '--rate=16000', '--channels=1', '--format=s16le'];

        const recorder = spawn('parec', ['--device=spk.monitor', ...format], {
          env: sound.env,
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const recordedChunks: Buffer[] = [];
        recorder.stdout.on('data', (chunk: Buffer) => recordedChunks.push(chunk));

        const args = ['start', '--once', '--device', 'line', '--json', '--log-level', 'debug', '--state', folder];
        const line = earshot(args, { cwd: folder, env: sound.env });
        await line.message(/device connected/);
        line.kill('SIGUSR1');
        await line.message(/microphone opened/);
        const player = spawn('paplay', ['--device=mic', ...format, raw], { env: sound.env, stdio: 'inherit' });
        await once(player, 'close');
        line.kill('SIGUSR1');
        const { code, stdout, stderr } = await line.ended;
        recorder.kill('SIGTERM');
        if (code !== 0) {
          t.diagnostic(stderr);
          return 0;
        }

        const report = JSON.parse(stdout);
        assert.deepEqual(report.states, SEVEN_STATES);
        const bytes = Buffer.concat(recordedChunks);
        const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
        const { correlation } = alignedCorrelation(throughCodec(speech), samples);
        t.diagnostic(`correlation ${correlation.toFixed(4)}, ${JSON.stringify(report.latencyMs)}`);
        return correlation;
      });
      if (correlation > 0.9) return;
    }
    assert.fail(`not once in ${ATTEMPTS} attempts was the reply the speech`);
  } finally {
    await sound.stop();
  }
});
