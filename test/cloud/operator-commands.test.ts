/**
 * The operator's commands with a gateway and its embedded cloud: unknown names are refused with one clear line and an
 * exit code, and a bad row does not hide others.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { v7 as uuidv7 } from 'uuid';
import { api } from '../../convex/_generated/api.js';
import type { CloudTurnRecord } from '../../convex/turns.ts';
import { encodeOpusFile } from '../../src/core/ogg/opus-file.ts';
import { earshot, type Outcome, type RunningCli } from '../support/cli.ts';
import { type CloudClients, cloudClients } from '../support/cloud-clients.ts';
import { connectDevice, speechFrames, type WireDevice } from '../support/wire-device.ts';

const state = mkdtempSync(join(tmpdir(), 'earshot-test-operator-'));
const run = (...args: string[]): Promise<Outcome> => earshot([...args, '--state', state]).ended;
let gateway: RunningCli;
let device: WireDevice;
let clients: CloudClients;
let turn: string;

before(async () => {
  gateway = earshot(['gateway', '--open', '--port', '0', '--json', '--state', state]);
  const { url } = JSON.parse(await gateway.line(/^\{/));
  device = await connectDevice(url, { name: 'living room' });
  ({ id: turn } = await device.speak({ frames: speechFrames().slice(0, 20) }));
  await device.waitFor('turn.stored', ({ cloud }) => cloud === true);
  clients = cloudClients(JSON.parse(readFileSync(join(state, 'cloud.json'), 'utf8')));
});
after(async () => {
  await clients.close();
  device.close();
  gateway.kill('SIGTERM');
  await gateway.ended;
  rmSync(state, { recursive: true, force: true });
});

const refusals: [args: string[], code: number, says: RegExp][] = [
  [['settings', 'livingroom'], 1, /There is no device named livingroom\. earshot pair list shows the devices\./],
  [['settings', 'livingroom', 'volume=40'], 1, /There is no device named livingroom\./],
  [['settings', 'living room', 'replies=sory'], 1, /There is no reply named sory\. earshot replies list shows them\./],
  [['settings', 'living room', 'volume=101'], 2, /'volume=101' is invalid .* Write a whole number from 0 to 100\./],
  [['settings', 'living room', 'volum=40'], 2, /volum is no setting\. Did you mean volume\?/],
  [['replies', 'remove', 'sory'], 1, /There is no reply named sory\. earshot replies list shows them\./],
  [['turns', '--device', 'livingroom'], 1, /There is no device named livingroom\./],
  [['turns', '--device', 'livingroom', '--follow'], 1, /There is no device named livingroom\./],
  [
    ['turns', 'play', '01890a5d-ac96-774b-bcce-b302099a8057'],
    1,
    /There is no turn 01890a5d.*earshot turns lists them\./,
  ],
  [['turns', 'play', 'x', '--output', 'x.mp3'], 2, /A recording is written as \.opus, \.ogg or \.wav\./],
  [['pair', 'revoke', 'livingroom'], 1, /No device named livingroom is paired\. earshot pair list shows the devices\./],
  [['pair', 'approve', '000000'], 1, /No device shows this code\. Look at the code on the device again\./],
  [['pair', 'approve', 'living room'], 2, /A code has six digits\./],
  [['memory', 'show', 'livingroom'], 1, /There is no device named livingroom\./],
  [['memory', 'forget', 'livingroom', '--yes'], 1, /There is no device named livingroom\./],
  [['memory', 'forget', 'living room'], 2, /All that was said with living room is deleted.*--yes/],
  [['quota', 'speech=1'], 2, /speech is no quota\. Quotas are connections, turns, speechSeconds, bytes\./],
  [['quota', 'turns=0'], 2, /Write a whole number above 0, like turns=200\./],
  [['dead-letters', 'delete', 'x'], 1, /There is no dead letter x\./],
];
for (const [args, code, says] of refusals) {
  test(`earshot ${args.join(' ')} is refused`, async () => {
    const outcome = await run(...args);
    assert.equal(outcome.code, code, outcome.stderr);
    assert.match(outcome.stderr, says);
    assert.equal(outcome.stdout, '');
    assert.doesNotMatch(outcome.stderr, /\n\s+at /, 'no stack trace');
  });
}

test('and nothing was created by that', async () => {
  const devices = await clients.asOperator.query(api.devices.list, {});
  assert.deepEqual(
    devices.map(({ name }) => name),
    ['living room'],
  );
});

test('settings and replies of existing devices', async () => {
  const path = join(state, 'sorry.opus');
  writeFileSync(path, encodeOpusFile({ frames: speechFrames().slice(0, 10) }));
  assert.equal((await run('replies', 'put', 'sorry', path, '--text', 'one\n\u001b[31mtwo')).code, 0);
  assert.match((await run('replies', 'list')).stdout, /^sorry {2}\d+ bytes {2}one\\n\\u001b\[31mtwo\n$/);
  const changed = await run('settings', 'living room', 'volume=40', 'replies=sorry');
  assert.equal(changed.stdout, 'volume: 40\nreplies: sorry\n', changed.stderr);
  assert.equal((await run('settings', 'living room')).stdout, changed.stdout);
  assert.equal((await run('replies', 'remove', 'sorry')).stdout, 'sorry is removed\n');
});

test('the quota of a tenant', async () => {
  const limit = 'the limit of the gateways';
  const lines = (quota: object) => Object.entries(quota).map(([name, value]) => `${name}: ${value}\n`);
  const first = { connections: limit, turns: 200, speechSeconds: limit, bytes: 1_000_000 };
  assert.equal((await run('quota', 'turns=200', 'bytes=1000000')).stdout, lines(first).join(''));
  assert.equal((await run('quota', 'turns=')).stdout, lines({ ...first, turns: limit }).join(''));
  const other = earshot(['quota', '--json', '--state', state], { env: { EARSHOT_TENANT: 'acme' } });
  assert.deepEqual(JSON.parse((await other.ended).stdout), {});
  const invalid = await earshot(['quota', '--state', state], { env: { EARSHOT_TENANT: 'Acme Inc.' } }).ended;
  assert.match(invalid.stderr, /EARSHOT_TENANT is no name of a tenant: "Acme Inc\."/);
});

test('invalid rows of earlier versions do not hide others and cannot imitate them', async () => {
  const name = 'x  paired until 2030-01-01, last seen now';
  const at = Date.UTC(2025, 0, 2);
  for (const [n, startedAt] of [at, 8.64e15 + 1].entries()) {
    // Like a row of an earlier version: the current functions would refuse it.
    await clients.asGateway.mutation(api.sessions.record, { device: name, session: `s${n}`, openedAt: startedAt });
  }
  const listed = await run('pair', 'list');
  assert.equal(listed.code, 0, listed.stderr);
  const lines = listed.stdout.trimEnd().split('\n');
  assert.equal(lines.length, 2, listed.stdout);
  assert.match(listed.stdout, /^living room {2}not paired, last seen \d{4}-/m);
  assert.match(listed.stdout, /^"x {2}paired until 2030-01-01, last seen now" {2}not paired, last seen no time$/m);
  const turns = await run('turns');
  assert.equal(turns.code, 0, turns.stderr);
  assert.match(turns.stdout, new RegExp(`^\\S+ {2}${turn} {2}living room {2}done {2}0\\.4 s$`, 'm'));
});

test('turns --follow tells a turn once, when it has ended, with its words', async () => {
  const following = earshot(['turns', '--follow', '--state', state]);
  await following.line(new RegExp(turn));
  const record = { turn: uuidv7(), session: 's', trigger: 'key', offline: false, startedAt: Date.now() };
  const tell = (changes: Pick<CloudTurnRecord, 'state'> & Partial<CloudTurnRecord>) =>
    clients.asGateway.mutation(api.turns.record, { device: 'living room', record: { ...record, ...changes } });
  await tell({ state: 'streaming' });
  await tell({ state: 'processing', transcript: 'what time is it' });
  await tell({ state: 'playing', replyText: 'It is noon.' });
  await tell({ state: 'idle', outcome: 'done', endedAt: Date.now() });
  await following.line(new RegExp(record.turn));
  await device.speak({ frames: speechFrames().slice(0, 20) });
  await following.line(/living room/, 3);
  following.kill('SIGINT');
  const lines = (await following.ended).stdout.trimEnd().split('\n');
  assert.equal(new Set(lines.map((line) => line.split('  ')[1])).size, lines.length, lines.join('\n'));
  const told = lines.filter((line) => line.includes(record.turn));
  assert.match(told.join('\n'), /^\S+ {2}\S+ {2}living room {2}done {2}“what time is it” {2}→ “It is noon\.”$/);
});

test('health counts waiting, dropped and rejected records', async () => {
  const { url } = JSON.parse(await gateway.line(/^\{/));
  const health = await (await fetch(new URL('/health', url.replace('ws:', 'http:')))).json();
  assert.deepEqual(Object.keys((health as { records: object }).records), [
    'waiting',
    'dropped',
    'refused',
    'deadLetters',
  ]);
});
