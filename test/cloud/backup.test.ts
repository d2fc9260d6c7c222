/**
 * `earshot cloud export` and `import`: all data of an embedded cloud moves to another one, while its gateway runs or not.
 */
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ZipFile } from 'yazl';
import { encodeId } from '../../src/cloud/database/document-id.ts';
import { encodeOpusFile } from '../../src/core/ogg/opus-file.ts';
import { earshot, type RunningCli } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { connectDevice, speechFrames } from '../support/wire-device.ts';

const folder = mkdtempSync(join(tmpdir(), 'earshot-test-backup-'));
const state = join(folder, 'first');
const backup = join(folder, 'backup.zip');

interface Started {
  cli: RunningCli;
  url: string;
}

async function start(of = state, ...more: string[]): Promise<Started> {
  const cli = earshot(['gateway', '--port', '0', '--json', '--state', of, ...more]);
  const { url } = JSON.parse(await cli.line(/^\{/));
  await eventually(() => existsSync(join(of, 'cloud.json')), 'the address of the cloud');
  return { cli, url };
}
async function stop({ cli }: Started): Promise<void> {
  cli.kill('SIGTERM');
  await cli.ended;
}
const attempt = (of: string, ...args: string[]) => earshot([...args, '--state', of]).ended;
async function run(of: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await attempt(of, ...args);
  assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
  return stdout;
}
async function recordingOf(of: string, turn: string): Promise<Buffer> {
  const path = join(folder, 'played.opus');
  await run(of, 'turns', 'play', turn, '--output', path);
  return readFileSync(path);
}

let gateway: Started;
let token: string;
let turn: string;
let listed: string;
let recorded: Buffer;

before(async () => {
  mkdirSync(state);
  gateway = await start();
  const waiting = await connectDevice(gateway.url, { name: 'kitchen' });
  const { code } = await waiting.waitFor('pair.pending');
  await run(state, 'pair', 'approve', code);
  ({ token } = await waiting.waitFor('pair.approved'));
  const device = await connectDevice(gateway.url, { token });
  ({ id: turn } = await device.speak());
  await device.waitFor('turn.stored', ({ cloud }) => cloud === true);
  device.close();
  await device.closed;
  const reply = join(folder, 'sorry.opus');
  writeFileSync(reply, encodeOpusFile({ frames: speechFrames().slice(0, 10) }));
  await run(state, 'replies', 'put', 'sorry', reply, '--text', 'later');
  await run(state, 'settings', 'kitchen', 'volume=40', 'replies=sorry');
  do listed = await run(state, 'turns', '--json');
  while (!listed.includes('"state":"idle"'));
  recorded = await recordingOf(state, turn);
});
after(async () => {
  await stop(gateway);
  rmSync(folder, { recursive: true, force: true });
});

async function hasAll(of: string, { url }: Started): Promise<void> {
  assert.equal(await run(of, 'turns', '--json'), listed);
  assert.deepEqual(await recordingOf(of, turn), recorded);
  assert.equal(await run(of, 'settings', 'kitchen'), 'volume: 40\nreplies: sorry\n');
  assert.match(await run(of, 'replies', 'list'), /^sorry {2}\d+ bytes {2}later$/m);
  const device = await connectDevice(url, { token });
  await device.waitFor('welcome');
  device.close();
  await device.closed;
}

test('an export while the gateway runs is complete, private, and has no half file beside it', async () => {
  const told = await run(state, 'cloud', 'export', backup);
  assert.match(told, /backup\.zip: \d+ documents in \d+ tables, 2 files \(\d+\.\d kB\), \d+\.\d kB\n$/);
  assert.equal(statSync(backup).mode & 0o777, 0o600);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith('.part')),
    [],
  );
});

test('an existing file is replaced only when that was said, and what fails leaves it as it is', async () => {
  const before = readFileSync(backup);
  const refused = await attempt(state, 'cloud', 'export', backup);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /backup\.zip exists, and would be replaced\. Confirm it with --yes\./);
  const nowhere = await attempt(join(folder, 'nowhere'), 'cloud', 'export', '--yes', backup);
  assert.match(nowhere.stderr, /^earshot: There is no embedded cloud in .*nowhere\/cloud\. Give the --state/);
  assert.equal(existsSync(join(folder, 'nowhere')), false);
  assert.deepEqual(readFileSync(backup), before);
  const json = JSON.parse(await run(state, 'cloud', 'export', '--yes', '--json', backup));
  assert.deepEqual([json.file, json.files, json.setAside], [backup, 2, 0]);
  const unwritable = await attempt(state, 'cloud', 'export', join(folder, 'no', 'such', 'folder.zip'));
  assert.match(unwritable.stderr, /folder\.zip cannot be written: its folder does not exist/);
});

test('imported into an empty one, everything is the same', async () => {
  const second = join(folder, 'second');
  mkdirSync(second);
  assert.match(await run(second, 'cloud', 'import', backup), /^imported \d+ documents in \d+ tables, 2 files/);
  const other = await start(second);
  await hasAll(second, other);
  await stop(other);
});

test('a table with rows is refused, and nothing has changed; with --replace the running gateway goes on with the rows of the file', async () => {
  await run(state, 'settings', 'kitchen', 'volume=10');
  const device = await connectDevice(gateway.url, { token });
  await device.waitFor('welcome');
  const refused = await attempt(state, 'cloud', 'import', backup);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /table \w+ has documents already/);
  assert.match(await run(state, 'settings', 'kitchen'), /volume: 10/);
  const unconfirmed = await attempt(state, 'cloud', 'import', '--replace', backup);
  assert.match(unconfirmed.stderr, /The rows of all tables in .* are replaced\. Confirm it with --yes\./);
  assert.equal((await attempt(state, 'cloud', 'import', '--replace', '--append', backup)).code, 2);
  await run(state, 'cloud', 'import', '--replace', '--yes', backup);
  await device.waitFor('settings', ({ settings }) => settings.volumePercent === 40);
  const { id } = await device.speak({ frames: speechFrames().slice(0, 10) });
  await device.waitFor('turn.stored', (message) => message.id === id && message.cloud === true);
  device.close();
  assert.ok((await run(state, 'turns', '--json')).includes(id), 'its device was connected all the time');
});

test('an export while no gateway runs goes to standard output, too', async () => {
  await stop(gateway);
  const { code, stdout, stderr } = await attempt(state, 'cloud', 'export', '-');
  assert.equal(code, 0, stderr);
  assert.ok(stdout.startsWith('PK'), stdout.slice(0, 20));
  assert.match(stderr, /standard output: \d+ documents/);
  gateway = await start();
});

test('what is no export is refused, and the gateway has what it had', async () => {
  const damaged = join(folder, 'damaged.zip');
  for (const bytes of [Buffer.alloc(0), Buffer.from('no zip'), readFileSync(backup).subarray(0, 2_000)]) {
    writeFileSync(damaged, bytes);
    const { code, stderr } = await attempt(state, 'cloud', 'import', '--replace', '--yes', damaged);
    assert.equal(code, 1);
    assert.match(stderr, /^earshot: .*damaged\.zip.*\n$/);
    assert.doesNotMatch(stderr, /\n\s+at /);
  }
  assert.match(
    (await attempt(state, 'cloud', 'import', join(folder, 'nope.zip'))).stderr,
    /There is no file .*nope\.zip/,
  );
  assert.match((await attempt(state, 'cloud', 'import', folder)).stderr, /it is not a file/);
  assert.ok((await run(state, 'turns', '--json')).includes(turn));
});

/** Convex writes a number with a point; one without is a bigint. */
function withPoints(value: unknown): string {
  return JSON.stringify(value).replaceAll(/:(\d+)(?=[,}])/g, ':$1.0');
}

/** As docs.convex.dev describes it: a folder for each table, `_storage` with the files, `_tables` with the numbers of the tables. */
async function writeConvexExport(path: string, startedAt: number, storage: string): Promise<void> {
  const device = encodeId(10_005, Buffer.alloc(16, 1));
  const zip = new ZipFile();
  const add = (name: string, ...lines: unknown[]) =>
    zip.addBuffer(Buffer.from(lines.map((line) => `${withPoints(line)}\n`).join('')), name);
  add('_tables/documents.jsonl', { name: 'devices', id: 10_005 }, { name: 'turns', id: 10_007 });
  add('devices/documents.jsonl', {
    ...{ _id: device, _creationTime: startedAt, tenant: 'default', name: 'kitchen', settings: {} },
  });
  add('turns/documents.jsonl', {
    ...{ _id: encodeId(10_007, Buffer.alloc(16, 2)), _creationTime: startedAt + 0.5, tenant: 'default' },
    ...{ deviceId: device, turn: FOREIGN_TURN, session: 's', trigger: 'key', offline: false },
    ...{ startedAt, state: 'idle', outcome: 'done' },
  });
  add('_storage/documents.jsonl', { _id: storage, _creationTime: startedAt, contentType: 'audio/ogg', size: 5 });
  zip.addBuffer(Buffer.from('sound'), `_storage/${storage}.ogg`);
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream as AsyncIterable<Buffer>) chunks.push(chunk);
  writeFileSync(path, Buffer.concat(chunks));
}
const FOREIGN_TURN = '01890a5d-ac96-774b-bcce-b302099a8057';

test('an export of a Convex deployment is imported, with its ids and files', async () => {
  const third = join(folder, 'third');
  mkdirSync(third);
  const path = join(folder, 'convex.zip');
  const startedAt = Date.UTC(2025, 0, 2);
  const storage = encodeId(10_001, Buffer.alloc(16, 3));
  await writeConvexExport(path, startedAt, storage);
  await run(third, 'cloud', 'import', path);
  assert.equal(readFileSync(join(third, 'cloud', 'files', storage), 'utf8'), 'sound');
  const status = JSON.parse(await run(third, 'cloud', 'status', '--json'));
  assert.deepEqual([status.database.rows.turns, status.files], [1, { count: 1, bytes: 5 }]);
  assert.equal(status.database.oldestTurnAt, new Date(startedAt).toISOString());
});
