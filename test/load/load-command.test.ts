/** `earshot load` as a person runs it: its report, its JSON and the schema of it, its plot, its errors. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { earshot, inTemporaryFolder, type RunningCli } from '../support/cli.ts';
import { freePort } from '../support/free-port.ts';

const SCHEMA = new URL('../../docs/schemas/load.json', import.meta.url);
const validate = new Ajv2020({ allowUnionTypes: true, strictTypes: false }).compile(
  JSON.parse(readFileSync(SCHEMA, 'utf8')),
);

const fits = (value: unknown): boolean => validate(value);

let gateway: RunningCli;
let url: string;
before(async () => {
  gateway = earshot(['gateway', '--open', '--ephemeral', '--port', '0', '--json', '--log-level', 'error']);
  ({ url } = JSON.parse(await gateway.line(/^\{/)));
});
after(async () => {
  gateway.kill('SIGTERM');
  await gateway.ended;
});

const load = (args: string[], to = url) => earshot(['load', '--gateway', to, ...args]).ended;
const BUSY = ['--arrivals', 'continuous', '--seconds', '4'];

test('its report: everything came back, and what the gateway says of itself', () =>
  inTemporaryFolder(async (folder) => {
    const plot = join(folder, 'load.svg');
    const { code, stdout, stderr } = await load(['--devices', '4', ...BUSY, '--plot', plot]);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^devices +4, [\d.]+ in a turn at a time; [\d.]+ s$/m);
    assert.match(stdout, /^turns +(\d+) begun, \1 answered, \1 stored/m);
    assert.match(stdout, /^frames +(\d+) said, \1 received, 0 lost, 0 twice, 0 wrong$/m);
    assert.match(stdout, /^gateway +CPU [\d.]+ % of a core/m);
    // On a busy machine the turns' records may come later than the report; their files come before.
    assert.match(stdout, /^cloud +\d+ calls, .* (recordTurn|uploadUrl)/m);
    assert.match(readFileSync(plot, 'utf8'), /^<svg.*calls of the cloud/s);
  }));

test('its JSON fits the schema; two processes have different devices, and both lose their connections in a storm', async () => {
  const args = ['--devices', '4', '--processes', '2', '--storm', '1', '--network', 'jitter', ...BUSY];
  const { code, stdout, stderr } = await load([...args, '--json']);
  assert.equal(code, 0, stdout + stderr);
  const result = JSON.parse(stdout);
  assert.ok(fits(result), JSON.stringify(validate.errors, null, 2));
  assert.equal(result.loader.processes, 2);
  assert.equal(result.delayMs.connect.count, 4);
  assert.ok(result.delayMs.reconnect.count >= 4, stdout);
  assert.equal(result.connections.lost.connection_replaced, undefined);
  assert.ok(!fits({ ...result, unknown: 1 }));
});

test('a ramp: a row for each step, and JSON that fits the schema', async () => {
  const args = ['--ramp', '--devices', '2', '--seconds', '2', '--arrivals', 'continuous', '--json'];
  const { code, stdout, stderr } = await load(args);
  assert.equal(code, 0, stdout + stderr);
  const result = JSON.parse(stdout);
  assert.ok(fits(result), JSON.stringify(validate.errors, null, 2));
  assert.equal(result.steps[0].devices, 1);
  const { started, answered, notAnswered, notEnded, offline } = result.turns;
  assert.deepEqual(
    [answered, notAnswered, notEnded, offline],
    [started, {}, 0, 0],
    'each turn that began was answered',
  );
  assert.ok(started > 0);
  assert.match(stderr, /^ +devices +in a turn .* bends$/m);
});

test('devices are paired in the cloud of the gateway, and deleted', () =>
  inTemporaryFolder(async (state) => {
    const closed = earshot(['gateway', '--port', '0', '--json', '--log-level', 'error', '--state', state]);
    const { url: of } = JSON.parse(await closed.line(/^\{/));
    const devices = ['--devices', '2', '--seconds', '1'];
    const refused = await load(devices, of);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /does not know the devices of this test.*--pair/);
    const paired = await load([...devices, '--pair', '--state', state], of);
    assert.equal(paired.code, 0, paired.stdout + paired.stderr);
    const { stdout } = await earshot(['pair', 'list', '--state', state]).ended;
    assert.equal(stdout, 'no devices\n');
    closed.kill('SIGTERM');
    await closed.ended;
  }));

test('what goes wrong is said, with an exit code', async () => {
  const unreachable = await load(['--devices', '1'], `ws://127.0.0.1:${await freePort()}`);
  assert.equal(unreachable.code, 1);
  assert.match(
    unreachable.stderr,
    /^earshot: The gateway at http:\/\/127.0.0.1:\d+ does not tell what it is: .*ECONNREFUSED/m,
  );
  for (const [args, why] of [
    [['--devices', '0'], /whole number from 1/],
    [['--network', 'nowhere.txt', '--devices', '1'], /nowhere.txt/],
    [['--ramp', '--storm', '1'], /--ramp has no storms/],
    [['--plot', 'load.gif'], /neither .png nor .svg/],
  ] as const) {
    const { code, stderr } = await load([...args]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, why);
    assert.doesNotMatch(stderr, /\n\s+at /, 'no stack trace');
  }
});
