/**
 * `earshot cloud start` and `stop`, with a program that stands in for the Convex backend (test/support/stand-in-backend.mjs), and
 * Convex's official CLI as it is.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { backendLayout } from '../../src/cloud/backend/layout.ts';
import { runBackend } from '../../src/cloud/backend/run-backend.ts';
import { type LogFields, silentLog } from '../../src/core/log/log.ts';
import { isRunning } from '../../src/core/process/is-running.ts';
import { earshot, type Outcome, type RunningCli } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { zipOf } from '../support/zip-of.ts';

const STAND_IN = readFileSync(new URL('../support/stand-in-backend.mjs', import.meta.url));
const state = mkdtempSync(join(tmpdir(), 'earshot-test-backend-'));
const layout = backendLayout(state);
const data = join(layout.folder, 'data');
const running: RunningCli[] = [];
let ports: string[];
let url: string;

const run = (...args: string[]): Promise<Outcome> => earshot(['cloud', ...args, '--state', state]).ended;
function start(...args: string[]): RunningCli {
  const cli = earshot(['cloud', 'start', ...ports, '--state', state, ...args]);
  running.push(cli);
  return cli;
}

interface Asked {
  path?: string;
  isAdmin?: boolean;
  started?: string[];
  ended?: string;
  modules?: string[];
}
const asked = (): Asked[] =>
  readFileSync(join(data, 'asked.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

before(async () => {
  const port = await freePort();
  ports = ['--port', String(port), '--site-port', String(await freePort())];
  url = `http://127.0.0.1:${port}`;
});
after(() => {
  for (const cli of running) cli.kill('SIGTERM');
  rmSync(state, { recursive: true, force: true });
});

test('before the installation it says what to do', async () => {
  const { code, stderr } = await run('start', ...ports);
  assert.equal(code, 1);
  assert.equal(stderr, 'earshot: No Convex backend is installed here. Install it: earshot cloud install\n');
  assert.equal((await run('stop')).stdout, 'no Convex backend runs here\n');
});

test('it starts, sets the variables before it deploys, and prints what the gateway needs', async () => {
  const archive = join(state, 'release.zip');
  writeFileSync(archive, zipOf('convex-local-backend', STAND_IN));
  assert.equal((await run('install', '--file', archive, '--trust-first-use')).code, 0);
  const cli = start();
  assert.equal(
    await cli.line(/^Convex backend at /),
    `Convex backend at ${url}, HTTP actions at http://127.0.0.1:${ports[3]}; Ctrl-C to stop`,
  );
  assert.equal(await cli.line(/CONVEX_URL/), `  export CONVEX_URL=${url}`);
  assert.equal(await cli.line(/KEY/), `  export EARSHOT_GATEWAY_KEY="$(cat ${layout.gatewayKey})"`);
  const calls = asked().filter(({ path }) => path !== undefined);
  assert.ok(
    calls.every(({ isAdmin }) => isAdmin),
    'with the admin key',
  );
  const order = calls.map(({ path }) => path ?? '');
  const firstDeploy = order.findIndex((path) => path.startsWith('/api/deploy2/'));
  assert.ok(order.lastIndexOf('/api/update_environment_variables') < firstDeploy, order.join(' '));
  assert.ok(order.includes('/api/update_environment_variables'), order.join(' '));
  assert.ok(order.includes('/api/deploy2/finish_push'), order.join(' '));
  const modules = calls.flatMap(({ modules = [] }) => modules);
  for (const name of ['turns.js', 'pairing.js', 'crons.js']) assert.ok(modules.includes(name), name);
});

test('its secrets are private files, made once, and in none of its output', async () => {
  for (const path of [layout.instanceSecret, layout.gatewayKey, layout.adminKey]) {
    assert.equal(statSync(path).mode & 0o777, 0o600, path);
  }
  assert.match(readFileSync(layout.instanceSecret, 'utf8'), /^[0-9a-f]{64}\n$/);
  assert.match(readFileSync(layout.adminKey, 'utf8'), /^earshot\|[0-9a-f]+\n$/);
  const [first] = asked();
  const option = (name: string) => first?.started?.[first.started.indexOf(name) + 1];
  assert.equal(option('--interface'), '127.0.0.1');
  assert.equal(option('--local-storage'), layout.storage);
  assert.equal(first?.started?.at(-1), layout.database);
  assert.ok(first?.started?.includes('--disable-beacon'));
});

test('a second start is refused with the process of the first, and stop ends it from another terminal', async () => {
  const second = await run('start', ...ports);
  assert.equal(second.code, 1);
  assert.match(second.stderr, new RegExp(`already has a backend: earshot cloud start, process ${running[0]?.pid},`));
  const stopped = await run('stop');
  assert.equal(stopped.stdout, `stopped (process ${running[0]?.pid})\n`);
  const outcome = await running[0]?.ended;
  assert.equal(outcome?.code, 0, outcome?.stderr);
  assert.equal(asked().at(-1)?.ended, 'SIGINT', 'in its own way');
  for (const path of [layout.instanceSecret, layout.gatewayKey, layout.adminKey]) {
    const secret = readFileSync(path, 'utf8').trim();
    assert.ok(!`${outcome?.stdout}${outcome?.stderr}`.includes(secret), path);
  }
  assert.equal((await run('stop', '--json')).stdout, '{"stopped":false}\n');
});

test('started again it has the same keys; its program is started again when it dies, and the log says so', async () => {
  const before = [layout.instanceSecret, layout.gatewayKey, layout.adminKey].map((path) => readFileSync(path, 'utf8'));
  const cli = start('--no-deploy', '--json', '--log-level', 'info');
  const addresses = JSON.parse(await cli.line(/^\{/));
  assert.deepEqual([addresses.url, addresses.gatewayKeyFile], [url, layout.gatewayKey]);
  const now = [layout.instanceSecret, layout.gatewayKey, layout.adminKey].map((path) => readFileSync(path, 'utf8'));
  assert.deepEqual(now, before);
  await cli.message(/convex backend output="INFO it listens"/);
  process.kill(Number(readFileSync(layout.pid, 'utf8')), 'SIGKILL');
  await cli.message(/the convex backend is started again reason="its process ended \(SIGKILL\)" failures=1/);
  await cli.message(/the convex backend answers again/);
  assert.equal((await fetch(`${url}/version`)).status, 200);
});

test('a program whose supervisor was killed is ended by the next start', async () => {
  const cli = running.at(-1);
  const orphan = Number(readFileSync(layout.pid, 'utf8'));
  cli?.kill('SIGKILL');
  await cli?.ended;
  assert.ok(isRunning(orphan));
  await start('--no-deploy').line(/^Convex backend at /);
  assert.equal(isRunning(orphan), false);
  assert.match((await run('stop')).stdout, /^stopped/);
});

test('a port that is in use is not taken for the backend', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(Number(ports[1]), '127.0.0.1', resolve));
  const { code, stderr } = await run('start', ...ports);
  other.close();
  assert.equal(code, 1);
  assert.match(stderr, /Port \d+ on 127\.0\.0\.1 is in use\. Choose others with --port and --site-port/);
});

test('a program that does not start is told with its reason', async () => {
  writeFileSync(join(data, 'die'), '');
  const { code, stderr } = await run('start', ...ports);
  rmSync(join(data, 'die'));
  assert.equal(code, 1);
  assert.match(stderr, /The Convex backend did not start: its process ended \(1\)\. Its own messages are in the log/);
});

test('one that stops answering is killed and started again', async () => {
  const program = layout.program(readFileSync(layout.current, 'utf8').trim());
  const args = ['--instance-name', 'earshot', '--instance-secret', 'a secret', '--interface', '127.0.0.1', ...ports];
  const told: string[] = [];
  const backend = await runBackend({
    ...{ program, args, folder: data, url, healthIntervalMs: 20 },
    log: { ...silentLog, warn: (message: string, fields?: LogFields) => told.push(`${message}: ${fields?.reason}`) },
  });
  const first = backend.pid();
  writeFileSync(join(data, 'hang'), '');
  await eventually(() => told.length > 0, 'it does not answer');
  rmSync(join(data, 'hang'));
  await eventually(answers, 'it answers again');
  assert.deepEqual(told, ['the convex backend is started again: it did not answer any more']);
  assert.notEqual(backend.pid(), first);
  await backend.close();
  assert.equal(existsSync(join(data, 'hang')), false);
});

async function answers(): Promise<boolean> {
  return await fetch(`${url}/version`).then(
    ({ ok }) => ok,
    () => false,
  );
}
