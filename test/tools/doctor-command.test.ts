import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { startVirtualSound, withoutCards } from '../sound/virtual-sound.ts';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { once } from '../support/in-time.ts';

interface CheckFinding {
  check: string;
  status: string;
  detail: string;
  hint?: string;
}

async function doctor(
  args: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; checks: CheckFinding[] }> {
  const { code, stdout, stderr } = await earshot(['doctor', '--json', ...args], { env }).ended;
  assert.notEqual(stdout, '', stderr);
  return { code, checks: JSON.parse(stdout).checks };
}

test('the doctor reaches a gateway and measures the round trip', async () => {
  const gateway = earshot(['gateway', '--port', '0', '--json']);
  const { url } = JSON.parse(await gateway.line(/url/));
  const none = withoutCards();
  try {
    const { checks } = await doctor(['--gateway', url], none.env);
    const found = checks.find(({ check }) => check === 'gateway');
    assert.equal(found?.status, 'ok');
    assert.match(found?.detail ?? '', /round trip \d/);
    assert.ok(checks.some(({ check, status }) => check === 'codec' && status === 'ok'));
  } finally {
    none.remove();
    gateway.kill('SIGTERM');
    await gateway.ended;
  }
});

test('a missing gateway, or another server, is a failure with exit code 1', async () => {
  const none = withoutCards();
  const other = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  try {
    for (const [address, said] of [
      ['ws://127.0.0.1:1', /connection refused/],
      ['ws://nowhere.invalid', /cannot be resolved/],
      [`ws://127.0.0.1:${port}`, /not an Earshot gateway/],
      ['nonsense', /not the address of a gateway/],
    ] as const) {
      const { code, checks } = await doctor(['--gateway', address], none.env);
      const found = checks.find(({ check }) => check === 'gateway');
      assert.deepEqual([code, found?.status], [1, 'fail']);
      assert.match(found?.detail ?? '', said);
    }
  } finally {
    other.close();
    none.remove();
  }
});

test('the text output has a line per check, each problem with a hint', () =>
  inTemporaryFolder(async (state) => {
    const none = withoutCards();
    const { stdout } = await earshot(['doctor', '--state', state], { env: none.env }).ended;
    none.remove();
    assert.match(stdout, /^(ok|warn) +node +Node \d/m);
    assert.match(stdout, /ok \d+, warnings \d+, failures \d+\n$/);
    const lines = stdout.split('\n');
    for (const [i, line] of lines.entries()) if (/^(warn|FAIL)/.test(line)) assert.match(lines[i + 1] ?? '', /^ +→ ./);
  }));

test('the microphone receives the speaker of a card', async (t) => {
  const sound = await startVirtualSound();
  if (!sound) {
    assert.notEqual(process.env.EARSHOT_REQUIRE_SOUND, '1', 'PulseAudio is not installed');
    return t.skip('needs PulseAudio');
  }
  try {
    // A card that records its own output.
    const loop = 'pcm.loop { type asym playback.pcm spk capture.pcm spkmon hint { show on description "loop" } }\n';
    appendFileSync(join(sound.env.HOME ?? '', '.asoundrc'), loop);
    const { checks } = await doctor(['--device', 'loop'], sound.env);
    assert.ok(checks.some(({ detail }) => /uses loop as microphone, loop as speaker/.test(detail)));
    assert.ok(
      checks.some(({ detail }) => /the microphone records the speaker, \d+ ms after/.test(detail)),
      JSON.stringify(checks),
    );
    const quiet = await doctor(['--device', 'loop', '--no-loopback'], sound.env);
    assert.ok(
      quiet.checks.some(({ detail }) => /microphone is muted/.test(detail)),
      'nothing plays into it',
    );
    const two = await doctor(['--input-device', 'loop', '--output-device', 'line', '--no-loopback'], sound.env);
    assert.ok(
      two.checks.some(({ detail }) => /uses loop as microphone, line as speaker/.test(detail)),
      JSON.stringify(two.checks),
    );
    const wrong = await doctor(['--device', 'nowhere'], sound.env);
    assert.ok(wrong.checks.some(({ status, detail }) => status !== 'ok' && /"nowhere" in its name/.test(detail)));
  } finally {
    await sound.stop();
  }
});
