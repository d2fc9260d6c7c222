/**
 * The embedded cloud of a gateway lasts: a gateway that is stopped, or killed, and started again in the same state folder has every turn,
 * recording, token, setting and pairing, at the same address. An ephemeral one forgets them.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { api } from '../../convex/_generated/api.js';
import { encodeOpusFile } from '../../src/core/ogg/opus-file.ts';
import { earshot, type RunningCli } from '../support/cli.ts';
import { cloudClients } from '../support/cloud-clients.ts';
import { eventually } from '../support/eventually.ts';
import { connectDevice, speechFrames } from '../support/wire-device.ts';

const state = mkdtempSync(join(tmpdir(), 'earshot-test-lasting-'));
let gateway: RunningCli;
let url: string;

async function start(...more: string[]): Promise<void> {
  gateway = earshot(['gateway', '--port', '0', '--json', '--state', state, ...more]);
  ({ url } = JSON.parse(await gateway.line(/^\{/)));
  await cloudIsReady();
}
async function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  gateway.kill(signal);
  await gateway.ended;
}
async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await earshot([...args, '--state', state]).ended;
  assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
  return stdout;
}
const addressOf = () => JSON.parse(readFileSync(join(state, 'cloud.json'), 'utf8'));

/** The operator's commands wait for the cloud as long as it starts; this waits until it has published its address. */
async function cloudIsReady(): Promise<void> {
  await eventually(() => existsSync(join(state, 'cloud.json')), 'the address of the cloud');
}

async function pair(name: string): Promise<string> {
  const device = await connectDevice(url, { name });
  const { code } = await device.waitFor('pair.pending');
  await run('pair', 'approve', code);
  const { token } = await device.waitFor('pair.approved');
  await device.closed;
  return token;
}

async function speak(token: string): Promise<string> {
  const device = await connectDevice(url, { token });
  const { id } = await device.speak();
  await device.waitFor('turn.stored', (message) => message.id === id && message.cloud === true);
  device.close();
  await device.closed;
  return id;
}

async function refusalOf(token: string): Promise<unknown> {
  return await connectDevice(url, { token }).then(
    () => 'let in',
    ({ status, code }: { status: number; code: string }) => [status, code],
  );
}

const nothing = { count: 0, bytes: 0 };
let token: string;
let revoked: string;
const turns: string[] = [];
let listed: string;
let recorded: Buffer;
let fileAddress: string;
let address: { url: string; gatewayKey: string };

before(async () => {
  await start();
  token = await pair('kitchen');
  revoked = await pair('cellar');
  await run('pair', 'revoke', 'cellar');
  const reply = join(state, 'sorry.opus');
  writeFileSync(reply, encodeOpusFile({ frames: speechFrames().slice(0, 10) }));
  await run('replies', 'put', 'sorry', reply, '--text', 'later');
  await run('settings', 'kitchen', 'volume=40', 'replies=sorry');
  turns.push(await speak(token), await speak(token));
  await run('turns', 'play', turns[0] ?? '', '--output', join(state, 'before.opus'));
  recorded = readFileSync(join(state, 'before.opus'));
  // The last state of a turn comes after its recording.
  do listed = await run('turns', '--json');
  while (listed.match(/"state":"idle"/g)?.length !== turns.length);
  address = addressOf();
  const { asOperator, close } = cloudClients(address);
  const found = await asOperator.query(api.recordings.url, { turn: turns[0] ?? '' });
  await close();
  fileAddress = found?.url ?? '';
});
after(async () => {
  await stop();
  rmSync(state, { recursive: true, force: true });
});

async function hasEverything(): Promise<void> {
  assert.equal(await run('turns', '--json'), listed);
  await run('turns', 'play', turns[0] ?? '', '--output', join(state, 'after.opus'));
  assert.deepEqual(readFileSync(join(state, 'after.opus')), recorded);
  const devices = await run('pair', 'list');
  for (const row of [/^kitchen {2}paired until /m, /^cellar {2}revoked, /m]) assert.match(devices, row);
  assert.equal(await run('settings', 'kitchen'), 'volume: 40\nreplies: sorry\n');
  assert.match(await run('replies', 'list'), /^sorry {2}\d+ bytes {2}later$/m);
  const { url: cloud, gatewayKey } = addressOf();
  assert.deepEqual({ url: cloud, gatewayKey }, { url: address.url, gatewayKey: address.gatewayKey });
  const file = await fetch(fileAddress);
  assert.deepEqual(Buffer.from(await file.arrayBuffer()), recorded, 'an address that was given out before');
  const device = await connectDevice(url, { token });
  assert.equal((await device.waitFor('settings')).settings.volumePercent, 40);
  device.close();
  assert.deepEqual(await refusalOf(revoked), [401, 'token_revoked']);
}

test('its data is private, in the state folder, and recordings are not kept twice', () => {
  assert.equal(statSync(join(state, 'cloud')).mode & 0o777, 0o700);
  assert.equal(statSync(join(state, 'cloud', 'gateway-key')).mode & 0o777, 0o600);
  assert.equal(existsSync(join(state, 'records')), false);
});

test('stopped and started again, it has everything', async () => {
  await stop();
  assert.equal(existsSync(join(state, 'cloud.json')), false);
  await start();
  await hasEverything();
});

test('earshot cloud status says the same while it runs and while it does not', async () => {
  const status = async () => JSON.parse(await run('cloud', 'status', '--json'));
  const running = await status();
  assert.equal(running.cloud, 'embedded');
  assert.ok(running.process > 0 && running.bytes > running.database.bytes);
  assert.deepEqual([running.database.rows.turns, running.database.rows.devices], [2, 2]);
  assert.deepEqual([running.database.scheduled, running.database.setAside], [0, {}]);
  // Two recordings and a reply. An upload whose answer came too late is made again, and the first is deleted later.
  assert.ok(running.files.count >= 3);
  assert.equal(running.database.oldestTurnAt, JSON.parse(listed.split('\n')[0] ?? '').startedAt);
  assert.deepEqual([running.queue, running.deadLetters], [nothing, nothing]);
  const shown = await run('cloud', 'status');
  assert.match(shown, /^state {6}process \d+\n/m);
  assert.match(shown, /^ {2}turns +2$/m);
  await stop();
  const { process: pid, bytes: _bytes, database, ...stopped } = await status();
  assert.equal(pid, null);
  assert.deepEqual(database.rows, running.database.rows);
  assert.deepEqual(stopped.files, running.files);
  assert.match(await run('cloud', 'status'), /^state {6}it does not run\n/m);
  const elsewhere = join(state, 'nowhere');
  const { code, stdout } = await earshot(['cloud', 'status', '--state', elsewhere]).ended;
  assert.deepEqual([code, existsSync(elsewhere)], [0, false], 'it makes no folders');
  assert.match(stdout, /no data yet/);
  await start();
});

test('earshot cloud admin-key opens the running cloud for the official CLI, and no other', async () => {
  const { url: cloud, adminKey } = JSON.parse(await run('cloud', 'admin-key', '--json'));
  const stats = (key: string) => fetch(`${cloud}/api/stats`, { headers: { authorization: `Convex ${key}` } });
  assert.equal((await stats(adminKey)).status, 200);
  assert.notEqual((await stats('earshot|0123')).status, 200);
  assert.equal(
    await run('cloud', 'admin-key'),
    `export CONVEX_SELF_HOSTED_URL='${cloud}'\nexport CONVEX_SELF_HOSTED_ADMIN_KEY='${adminKey}'\n`,
  );
  const { code, stderr } = await earshot(['cloud', 'admin-key']).ended;
  assert.equal(code, 1);
  assert.match(stderr, /^earshot: No embedded cloud runs here\. Start earshot gateway/);
});

test('killed and started again, it has everything', async () => {
  await stop('SIGKILL');
  rmSync(join(state, 'cloud.json'), { force: true });
  await start();
  await hasEverything();
});

test('it says where its data is and how much', async () => {
  await stop();
  const talking = earshot(['gateway', '--port', '0', '--state', state]);
  assert.match(await talking.line(/^embedded cloud in /), /^embedded cloud in .*\/cloud \(\d+\.\d kB\)$/);
  talking.kill('SIGTERM');
  await talking.ended;
  await start();
});

test('an ephemeral one beside it knows nothing, keeps recordings in the state folder, and leaves the other as it is', async () => {
  await stop();
  await start('--ephemeral', '--open');
  assert.equal(await run('turns', '--json'), '');
  const device = await connectDevice(url, { name: 'hall' });
  const { id } = await device.speak({ frames: speechFrames().slice(0, 10) });
  await device.waitFor('turn.stored', (message) => message.id === id && message.cloud === true);
  device.close();
  assert.ok(existsSync(join(state, 'records')));
  await stop();
  await start();
  await hasEverything();
});
