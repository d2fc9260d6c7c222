/**
 * The real daemon on a machine without a clock chip (simulated by libfaketime): it records a turn in 1970, gets the time later, or
 * never, and the turn has its true time in the cloud.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { storedTurnsFolder } from '../../src/core/files/paths.ts';
import { earshot, inTemporaryFolder, type RunningCli } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { once } from '../support/in-time.ts';
import { SHORT_SPEECH } from '../support/speech.ts';

/** In virtual time both are tested everywhere (test/model/wall-clock.test.ts). */
const WITHOUT = 'no libfaketime here, and no process can be given another time without it (apt-get install faketime)';
const IN_1970 = '@1970-01-01 00:00:40';
const SPEECH = ['--input', SHORT_SPEECH, '--output', 'null'];
const JSON_LOG = ['--log-level', 'info', '--log-format', 'json'];

/** The environment of a process whose wall clock, but no other clock, is read from the file. Undefined without libfaketime. */
function wallClock(folder: string): { env: NodeJS.ProcessEnv; set(time: string): void } | undefined {
  const found = spawnSync('sh', ['-c', 'echo /usr/lib/*/faketime/libfaketimeMT.so.1'], { encoding: 'utf8' });
  const library = found.stdout.trim();
  if (!existsSync(library)) return undefined;
  const path = join(folder, 'time');
  const set = (time: string) => writeFileSync(path, `${time}\n`);
  set(IN_1970);
  const env = {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: path,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
    TZ: 'UTC',
  };
  return { env, set };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}

async function openGateway(port: number, state: string): Promise<RunningCli> {
  const gateway = earshot(['gateway', '--port', String(port), '--open', '--json', '--state', state]);
  await gateway.line(/^\{/);
  return gateway;
}

/** The start time of the only recorded turn. */
async function spokenAt(state: string): Promise<number> {
  const line = await eventually(async () => {
    const { stdout } = await earshot(['turns', '--json', '--state', state]).ended;
    return stdout.trim() !== '' && stdout.split('\n')[0];
  }, 'a turn is recorded');
  return Date.parse((JSON.parse(line) as { startedAt: string }).startedAt);
}

async function end(running: RunningCli): Promise<void> {
  running.kill('SIGTERM');
  await running.ended;
}

const yearsOf = (stderr: string) =>
  stderr
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => new Date((JSON.parse(line) as { time: string }).time).getUTCFullYear());

test('a turn recorded in 1970 without a connection is delivered with its true time when the clock is set: by the same daemon, and by the next one', async (t) => {
  await inTemporaryFolder(async (folder) => {
    const clock = wallClock(folder);
    if (!clock) return t.skip(WITHOUT);
    const [device, cloud] = [join(folder, 'device'), join(folder, 'cloud')];
    const port = await freePort();
    const run = ['run', '--gateway', `ws://127.0.0.1:${port}`, '--state', device, ...JSON_LOG];
    const fromMs = Date.now();
    const first = earshot([...run, ...SPEECH], { env: clock.env });
    await first.message(/turn done|turn unanswered|offline/);
    while (!existsSync(storedTurnsFolder(device)) || readdirSync(storedTurnsFolder(device)).length === 0)
      await sleep(50);
    await first.message(/ {2}idle/);
    const toMs = Date.now();

    // First the time becomes known, then the gateway starts; meanwhile the daemon was restarted.
    clock.set('+0');
    await sleep(1_000);
    first.kill('SIGTERM');
    const { stderr } = await first.ended;
    const years = yearsOf(stderr);
    assert.equal(years[0], 1970);
    const gateway = await openGateway(port, cloud);
    const second = earshot([...run, '--input', 'silence', '--output', 'null'], { env: clock.env });
    await second.message(/was delivered to the cloud/);
    const startedAt = await spokenAt(cloud);
    assert.ok(startedAt >= fromMs && startedAt <= toMs, `${new Date(startedAt).toISOString()}`);
    second.kill('SIGTERM');
    const later = await second.ended;
    assert.match(later.stderr, /the clock was set after the turn had begun/);
    assert.ok(yearsOf(later.stderr).every((year) => year > 2020));
    await end(gateway);
  });
});

test('a daemon whose clock is never set uses the gateway’s time, and its latencies are unaffected', async (t) => {
  await inTemporaryFolder(async (folder) => {
    const clock = wallClock(folder);
    if (!clock) return t.skip(WITHOUT);
    const cloud = join(folder, 'cloud');
    const port = await freePort();
    const gateway = await openGateway(port, cloud);
    const fromMs = Date.now();
    const args = ['run', '--once', '--json', '--gateway', `ws://127.0.0.1:${port}`, ...SPEECH];
    const { code, stdout, stderr } = await earshot(args, { env: clock.env }).ended;
    assert.equal(code, 0, stderr);
    const { latencyMs } = JSON.parse(stdout) as { latencyMs: Record<string, number> };
    assert.ok((latencyMs.total ?? -1) >= 0 && (latencyMs.total ?? 1e9) < 10_000, JSON.stringify(latencyMs));
    const startedAt = await spokenAt(cloud);
    assert.ok(startedAt >= fromMs - 1_000 && startedAt <= Date.now() + 1_000, `${new Date(startedAt).toISOString()}`);
    await end(gateway);
  });
});
