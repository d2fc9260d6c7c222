/**
 * Every shutdown is bounded, with a card in any state: removed or hung, during an utterance, during a reply or before.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SHUTDOWN_MS } from '../../src/cli/terminal/exit.ts';
import type { Threads } from '../../src/device/audio/audio-thread.ts';
import { earshot, type RunningCli } from '../support/cli.ts';
import { startVirtualSound, type VirtualSound } from './virtual-sound.ts';

/** A busy machine is slow to report the end of a process. */
const SLACK_MS = 15_000;
const SPOKEN_MS = 1_500;

let gateway: RunningCli;
let url = '';

before(async () => {
  gateway = earshot(['gateway', '--port', '0', '--open', '--json']);
  ({ url } = JSON.parse(await gateway.line(/^\{/)) as { url: string });
});

after(async () => {
  gateway.kill('SIGTERM');
  await gateway.ended;
});

type Phase = 'idle' | 'recording' | 'playing';
type Trouble = 'unplug' | 'freeze';

/** Advances until the daemon is in the wanted state; the microphone records silence, and the parrot repeats it. */
async function reach(phase: Phase, daemon: RunningCli): Promise<void> {
  await daemon.message(/ connected/);
  if (phase === 'idle') return;
  daemon.kill('SIGUSR1');
  await daemon.message(/^ {2}streaming/);
  await sleep(SPOKEN_MS);
  if (phase === 'recording') return;
  daemon.kill('SIGUSR1');
  await daemon.message(/^ {2}playing/);
}

async function within(ended: RunningCli['ended'], ms: number, what: string) {
  const outcome = await Promise.race([ended, sleep(ms, undefined, { ref: false })]);
  assert.ok(outcome, `${what} is still running after ${ms} ms`);
  return outcome;
}

async function withSound(work: (sound: VirtualSound) => Promise<void>): Promise<boolean> {
  const sound = await startVirtualSound();
  if (!sound) {
    assert.notEqual(process.env.EARSHOT_REQUIRE_SOUND, '1', 'PulseAudio is not installed');
    return false;
  }
  try {
    await work(sound);
  } finally {
    await sound.stop();
  }
  return true;
}

/** A worker's last message was lost by a race in half of the runs. */
const RACES = 3;
const AFTER_MS = 2_500;
const WAYS_OUT: [phase: Phase, trouble: Trouble, afterMs: number, threads?: Threads][] = [
  ...Array.from({ length: RACES }, (): [Phase, Trouble, number] => ['recording', 'unplug', AFTER_MS]),
  ['recording', 'unplug', 0],
  ['recording', 'freeze', 0],
  ['playing', 'unplug', AFTER_MS],
  ['playing', 'freeze', 0],
  ['idle', 'freeze', 0],
  ['recording', 'unplug', AFTER_MS, 'one'],
  ['playing', 'freeze', 0, 'one'],
  ['playing', 'unplug', AFTER_MS, 'one'],
];

for (const [phase, trouble, afterMs, threads = 'two'] of WAYS_OUT) {
  test(`${phase}, ${trouble}, SIGTERM ${afterMs} ms later, --threads ${threads}`, { timeout: 120_000 }, async (t) => {
    const isRun = await withSound(async (sound) => {
      const daemon = earshot(['run', '--gateway', url, '--device', 'line', '--threads', threads], { env: sound.env });
      try {
        await reach(phase, daemon);
        await sound[trouble]();
        await sleep(afterMs);
        daemon.kill('SIGTERM');
        const { stderr } = await within(daemon.ended, SHUTDOWN_MS + SLACK_MS, 'the daemon');
        assert.doesNotMatch(stderr, /fault in Earshot/);
      } finally {
        daemon.kill('SIGKILL');
      }
    });
    if (!isRun) t.skip('needs PulseAudio');
  });
}

test('start, which contains its gateway, ends as well', { timeout: 120_000 }, async (t) => {
  const isRun = await withSound(async (sound) => {
    const start = earshot(['start', '--device', 'line', '--log-level', 'info'], { env: sound.env });
    try {
      await reach('recording', start);
      await sound.unplug();
      await sleep(AFTER_MS);
      start.kill('SIGTERM');
      await within(start.ended, SHUTDOWN_MS + SLACK_MS, 'start');
    } finally {
      start.kill('SIGKILL');
    }
  });
  if (!isRun) t.skip('needs PulseAudio');
});

test('latency and the doctor end by themselves while the sound server hangs', { timeout: 150_000 }, async (t) => {
  const isRun = await withSound(async (sound) => {
    sound.freeze();
    const acoustic = [
      '--acoustic',
      '--output-device',
      'mic',
      '--input-device',
      'spkmon',
      '--device',
      'line',
      '--iterations',
      '1',
    ];
    const [latency, doctor] = ['latency', 'doctor'].map((command) =>
      earshot([command, ...(command === 'latency' ? acoustic : ['--device', 'line', '--json'])], { env: sound.env }),
    ) as [RunningCli, RunningCli];
    try {
      const measured = await within(latency.ended, 60_000, 'latency');
      assert.equal(measured.code, 1);
      assert.match(measured.stderr, /measuring instrument does not work/);
      const examined = await within(doctor.ended, 90_000, 'the doctor');
      assert.match(examined.stdout, /hangs: no answer/);
    } finally {
      for (const command of [latency, doctor]) command.kill('SIGKILL');
    }
  });
  if (!isRun) t.skip('needs PulseAudio');
});
